//! Lines in and replies out, over plain TCP or TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::line::reset_on_close;

/// Longer command lines are refused (RFC 5321 asks for 512; extensions and AUTH need more), in bytes.
const LONGEST_LINE: usize = 16 << 10;
/// How long the server waits for the next line.
const PATIENCE: Duration = Duration::from_secs(300);

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// One connection.
pub(super) struct Wire {
    stream: BufReader<Stream>,
}

/// What came instead of a mail.
pub(super) enum Body {
    /// The mail, dots unstuffed.
    Whole(Vec<u8>),
    /// More than the limit; read to its end and dropped.
    TooLong,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Wire {
        Wire { stream: BufReader::new(Stream::Plain(stream)) }
    }

    /// The TLS handshake. What the client sent ahead in clear is dropped, so that nobody in between can
    /// slip commands into the secured conversation.
    pub(super) async fn secured(self, tls: &TlsAcceptor) -> io::Result<Wire> {
        let Stream::Plain(plain) = self.stream.into_inner() else {
            return Err(io::Error::other("TLS inside of TLS"));
        };
        let secured = tokio::time::timeout(PATIENCE, tls.accept(plain)).await??;
        Ok(Wire { stream: BufReader::new(Stream::Tls(Box::new(secured))) })
    }

    /// The next line without its end; `None` when the client is gone, an error when it is too long.
    pub(super) async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        tokio::time::timeout(PATIENCE, self.fill(&mut line, LONGEST_LINE)).await??;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            let too_long = line.len() >= LONGEST_LINE;
            return if too_long { Err(io::Error::other("the line is too long")) } else { Ok(None) };
        }
        let text = String::from_utf8_lossy(&line);
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Appends up to and including the next line feed, or until `limit` bytes are there.
    async fn fill(&mut self, line: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        loop {
            let ready = self.stream.fill_buf().await?;
            if ready.is_empty() {
                return Ok(());
            }
            let end = ready.iter().position(|byte| *byte == b'\n').map_or(ready.len(), |at| at + 1);
            let taken = end.min(limit - line.len());
            line.extend_from_slice(&ready[..taken]);
            self.stream.consume(taken);
            if line.last() == Some(&b'\n') || line.len() >= limit {
                return Ok(());
            }
        }
    }

    /// Everything up to the line that is a single dot; lines end in CRLF and in nothing else. `None` when
    /// the client hangs up before.
    pub(super) async fn body(&mut self, limit: usize) -> io::Result<Option<Body>> {
        let mut mail = Vec::new();
        let mut piece = Vec::new();
        let (mut at_line_start, mut after_cr, mut too_long) = (true, false, false);
        loop {
            piece.clear();
            tokio::time::timeout(PATIENCE, self.fill(&mut piece, LONGEST_LINE)).await??;
            if piece.is_empty() {
                return Ok(None);
            }
            if at_line_start && piece == b".\r\n" {
                return Ok(Some(if too_long { Body::TooLong } else { Body::Whole(mail) }));
            }
            let stuffed = at_line_start && piece[0] == b'.';
            let content = &piece[usize::from(stuffed)..];
            if mail.len() + content.len() > limit {
                too_long = true;
                mail = Vec::new();
            }
            if !too_long {
                mail.extend_from_slice(content);
            }
            // A piece may stop between CR and LF.
            at_line_start = piece.ends_with(b"\r\n") || (after_cr && piece == b"\n");
            after_cr = piece.ends_with(b"\r");
        }
    }

    /// Writes a reply, its CRLFs included.
    pub(super) async fn say(&mut self, reply: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(reply.as_bytes()).await?;
        stream.flush().await
    }

    /// Ends the connection with a reset instead of a farewell.
    pub(super) fn reset(self) {
        match self.stream.into_inner() {
            Stream::Plain(stream) => reset_on_close(&stream),
            Stream::Tls(stream) => reset_on_close(stream.get_ref().0),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
