//! One connection to a mail server: commands out, replies in, every wait bounded.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::TlsConnector;

/// How long a server may take to accept the connection, and for TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take to greet. RFC 5321 allows minutes; a claim does not live that long.
const GREETING: Duration = Duration::from_secs(10);
/// How long it may take to answer a command.
const COMMAND: Duration = Duration::from_secs(8);
/// Bytes of one reply. Servers send a few hundred; more is an attack or not SMTP at all.
const MAX_REPLY: usize = 64 * 1024;

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits.
    pub code: u16,
    /// The lines behind the code.
    pub lines: Vec<String>,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server said no (4xx, 5xx), or something that is neither yes nor no.
    Refused(Reply),
    /// No answer in time.
    Timeout,
    /// The server hung up.
    Closed,
    /// The network failed.
    Io(io::Error),
    /// The answer is not SMTP.
    Garbled,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Trouble::Closed } else { Trouble::Io(error) }
    }
}

/// A connection, with what the server said about itself.
pub(super) struct Line {
    stream: Box<dyn Duplex>,
    buffer: Vec<u8>,
    extensions: Vec<String>,
    /// When the dialogue of the current message must be over.
    deadline: Instant,
    dirty: bool,
    /// Messages that left through this connection.
    pub(super) sent: u32,
    /// Since when it has been idle, while it is.
    pub(super) idle_since: Instant,
}

impl Line {
    /// Opens the TCP connection.
    pub(super) async fn connect(host: &str, port: u16, deadline: Instant) -> Result<Self, Trouble> {
        let host = host.trim_matches(['[', ']']);
        let limit = deadline.min(Instant::now() + CONNECT);
        let stream =
            timeout_at(limit, TcpStream::connect((host, port))).await.map_err(|_| Trouble::Timeout)??;
        // Content and final dot are two writes; Nagle would hold the dot back for a round trip.
        stream.set_nodelay(true)?;
        Ok(Self::over(Box::new(stream), deadline))
    }

    fn over(stream: Box<dyn Duplex>, deadline: Instant) -> Self {
        let idle_since = Instant::now();
        Self {
            stream,
            buffer: Vec::new(),
            extensions: Vec::new(),
            deadline,
            dirty: false,
            sent: 0,
            idle_since,
        }
    }

    /// Turns TLS on. Whatever the server said in plain text before is forgotten.
    pub(super) async fn into_tls(self, host: &str, config: Arc<ClientConfig>) -> Result<Self, Trouble> {
        if !self.buffer.is_empty() {
            // Text injected before the handshake would otherwise be read as if it were protected.
            return Err(Trouble::Garbled);
        }
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| Trouble::Io(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        let limit = self.deadline.min(Instant::now() + CONNECT);
        let stream = timeout_at(limit, TlsConnector::from(config).connect(name, self.stream))
            .await
            .map_err(|_| Trouble::Timeout)??;
        Ok(Self::over(Box::new(stream), self.deadline))
    }

    /// The time by which the next message must be through.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Waits for the server's first word.
    pub(super) async fn greeting(&mut self) -> Result<Reply, Trouble> {
        self.expect(GREETING, 220..=220).await
    }

    /// Introduces us and remembers what the server can do.
    pub(super) async fn hello(&mut self, name: &str) -> Result<(), Trouble> {
        let reply = match self.command(&format!("EHLO {name}")).await {
            Ok(reply) => reply,
            Err(Trouble::Refused(reply)) if matches!(reply.code, 500..=504) => {
                self.command(&format!("HELO {name}")).await?
            }
            Err(trouble) => return Err(trouble),
        };
        self.extensions = reply.lines.into_iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    fn extension(&self, keyword: &str) -> Option<&str> {
        self.extensions.iter().find_map(|line| {
            let rest = line.strip_prefix(keyword)?;
            (rest.is_empty() || rest.starts_with([' ', '='])).then(|| rest.trim_start_matches([' ', '=']))
        })
    }

    /// Whether the server announced an extension (upper case keyword).
    pub(super) fn offers(&self, keyword: &str) -> bool {
        self.extension(keyword).is_some()
    }

    /// The largest mail that the server announced, in bytes.
    pub(super) fn size_limit(&self) -> Option<usize> {
        self.extension("SIZE")?.parse().ok().filter(|limit| *limit > 0)
    }

    /// Logs in; `false` when the server offers no mechanism that we speak.
    pub(super) async fn login(&mut self, username: &str, password: &str) -> Result<bool, Trouble> {
        let offered: Vec<String> =
            self.extension("AUTH").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        if offered.iter().any(|mechanism| mechanism == "PLAIN") {
            let secret = BASE64.encode(format!("\0{username}\0{password}"));
            self.say(&format!("AUTH PLAIN {secret}")).await?;
            self.expect(COMMAND, 200..=299).await?;
        } else if offered.iter().any(|mechanism| mechanism == "LOGIN") {
            self.say("AUTH LOGIN").await?;
            self.expect(COMMAND, 334..=334).await?;
            self.say(&BASE64.encode(username)).await?;
            self.expect(COMMAND, 334..=334).await?;
            self.say(&BASE64.encode(password)).await?;
            self.expect(COMMAND, 200..=299).await?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// One command and its positive reply: 2xx, for `DATA` 354.
    pub(super) async fn command(&mut self, command: &str) -> Result<Reply, Trouble> {
        self.say(command).await?;
        if command == "DATA" {
            self.expect(COMMAND, 354..=354).await
        } else {
            self.expect(COMMAND, 200..=299).await
        }
    }

    /// The content without its final dot: until that comes, the server must not act on it.
    pub(super) async fn content(&mut self, mail: &[u8]) -> Result<(), Trouble> {
        self.write(&stuffed(mail), self.deadline).await
    }

    /// The final dot, and the reply to it, for as long as the message's time lasts.
    pub(super) async fn dot(&mut self) -> Result<Reply, Trouble> {
        self.write(b".\r\n", self.deadline).await?;
        self.expect(Duration::MAX, 200..=299).await
    }

    /// The next message on this line needs an `RSET` first.
    pub(super) fn needs_reset(&mut self) {
        self.dirty = true;
    }

    /// Clears what an abandoned message left behind.
    pub(super) async fn reset_if_needed(&mut self) -> Result<(), Trouble> {
        if std::mem::take(&mut self.dirty) {
            self.command("RSET").await?;
        }
        Ok(())
    }

    /// A message left.
    pub(super) fn delivered(&mut self) {
        self.sent += 1;
    }

    /// Says goodbye; a server that does not answer is left alone.
    pub(super) async fn quit(mut self) {
        if let Err(trouble) = self.command("QUIT").await {
            tracing::debug!(?trouble, "the mail server did not say goodbye");
        }
    }

    async fn say(&mut self, command: &str) -> Result<(), Trouble> {
        let limit = self.limit(COMMAND);
        self.write(format!("{command}\r\n").as_bytes(), limit).await
    }

    async fn write(&mut self, bytes: &[u8], limit: Instant) -> Result<(), Trouble> {
        let work = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        Ok(timeout_at(limit, work).await.map_err(|_| Trouble::Timeout)??)
    }

    fn limit(&self, stage: Duration) -> Instant {
        Instant::now().checked_add(stage).map_or(self.deadline, |limit| limit.min(self.deadline))
    }

    async fn expect(
        &mut self,
        stage: Duration,
        yes: std::ops::RangeInclusive<u16>,
    ) -> Result<Reply, Trouble> {
        let limit = self.limit(stage);
        let reply = timeout_at(limit, self.read_reply()).await.map_err(|_| Trouble::Timeout)??;
        if yes.contains(&reply.code) { Ok(reply) } else { Err(Trouble::Refused(reply)) }
    }

    async fn read_reply(&mut self) -> Result<Reply, Trouble> {
        let mut lines = Vec::new();
        let mut total = 0;
        loop {
            let line = self.read_line().await?;
            total += line.len();
            let (code, last, text) = reply_line(&line).ok_or(Trouble::Garbled)?;
            lines.push(text);
            if last {
                return Ok(Reply { code, lines });
            }
            if total > MAX_REPLY {
                return Err(Trouble::Garbled);
            }
        }
    }

    async fn read_line(&mut self) -> Result<Vec<u8>, Trouble> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                while matches!(line.last(), Some(b'\r' | b'\n')) {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() > MAX_REPLY {
                return Err(Trouble::Garbled);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Trouble::Closed);
            }
        }
    }
}

/// `250-text` or `250 text`: code, whether it is the last line, text.
fn reply_line(line: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'2'..=b'5') {
        return None;
    }
    let code = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Some((code, true, String::new())),
        Some((b' ', text)) => Some((code, true, String::from_utf8_lossy(text).into_owned())),
        Some((b'-', text)) => Some((code, false, String::from_utf8_lossy(text).into_owned())),
        Some(_) => None,
    }
}

/// The mail as it travels: every line ends in CR LF, and a line that begins with a dot gets a second one.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_stuffed_and_lines_end_in_crlf() {
        assert_eq!(stuffed(b"a\n.\n..b\r\nc"), b"a\r\n..\r\n...b\r\nc\r\n");
        assert_eq!(stuffed(b""), b"");
        assert_eq!(stuffed(b".\r\nRSET\r\n"), b"..\r\nRSET\r\n");
    }

    #[test]
    fn reply_lines() {
        assert_eq!(reply_line(b"250-SIZE 10"), Some((250, false, "SIZE 10".into())));
        assert_eq!(reply_line(b"250"), Some((250, true, String::new())));
        for bad in [&b"25"[..], b"abc hello", b"999 no", b"2500 no", b"HTTP/1.1 200 OK", b""] {
            assert_eq!(reply_line(bad), None, "{bad:?}");
        }
    }
}
