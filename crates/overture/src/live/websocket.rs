//! Clients with a websocket: the handshake, the move from polling, and the task that reads.

use super::{
    Door, Failure,
    frame::{Frame, Input, Message, Refusal},
    packet, session,
    socket::{Duty, Socket, Wire},
};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use std::{
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpStream;

/// Bytes read in one go.
const READ: usize = 4096;
/// How long a client may take to move from polling to its websocket.
const MOVE_WITHIN: Duration = Duration::from_secs(10);

/// Accepts a websocket: for a new client, or for one that has been polling.
pub(super) fn accept(door: Arc<Door>, socket: Option<Arc<Socket>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Some(accept) = accept_key(&parts.headers) else { return Failure::BadRequest.into_response() };
    let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() else {
        return Failure::BadRequest.into_response();
    };
    if socket.as_ref().is_some_and(|socket| !socket.begin_upgrade()) {
        return Failure::BadRequest.into_response();
    }
    tokio::spawn(serve(door, socket, upgrade, parts.headers));
    let headers = [
        (header::UPGRADE, "websocket".to_owned()),
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// The answer to a proper handshake of RFC 6455, version 13.
fn accept_key(headers: &HeaderMap) -> Option<String> {
    let has = |name: HeaderName, token: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let proper = has(header::UPGRADE, "websocket")
        && has(header::CONNECTION, "upgrade")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| proper)?;
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Some(BASE64_STANDARD.encode(hash.finalize()))
}

async fn serve(door: Arc<Door>, socket: Option<Arc<Socket>>, upgrade: OnUpgrade, headers: HeaderMap) {
    let connection = match upgrade.await {
        Ok(upgraded) => tcp(upgraded),
        Err(error) => {
            tracing::debug!(%error, "a client left during the websocket handshake");
            None
        }
    };
    let Some((stream, mut input)) = connection else {
        if let Some(socket) = socket {
            socket.end_upgrade();
        }
        return;
    };
    match socket {
        Some(socket) => {
            drop(headers);
            let moved = tokio::time::timeout(MOVE_WITHIN, Box::pin(probe(&stream, &mut input))).await;
            if !matches!(moved, Ok(Ok(true))) || !socket.upgrade(stream.clone()) {
                return socket.end_upgrade();
            }
            run(&door, &socket, &stream, input).await;
        }
        None => {
            let settings = door.hub.settings();
            let socket = Arc::new(Socket::new(Wire::WebSocket(stream.clone()), headers, settings));
            let hello = packet::open(
                &socket.sid.to_string(),
                &[],
                settings.ping_interval.as_millis(),
                settings.ping_timeout.as_millis(),
            );
            socket.send(Frame::text(&hello));
            door.hub.register(&socket);
            run(&door, &socket, &stream, input).await;
        }
    }
}

/// The bare connection, and what was read of it already. Broadcasts are written straight to it.
fn tcp(upgraded: Upgraded) -> Option<(Arc<TcpStream>, Input)> {
    let (io, early) = match hyper_util::server::conn::auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded)
    {
        Ok(parts) => (parts.io, parts.read_buf),
        Err(upgraded) => match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (parts.io, parts.read_buf),
            Err(_) => {
                tracing::error!("websockets need a plain TCP listener; clients fall back to polling");
                return None;
            }
        },
    };
    let stream = io.into_inner();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "events may be late on this connection");
    }
    let mut input = Input::default();
    input.extend(&early);
    Some((Arc::new(stream), input))
}

/// The client tries the websocket (`2probe`), hears that it works (`3probe`) and moves (`5`).
async fn probe(stream: &TcpStream, input: &mut Input) -> io::Result<bool> {
    loop {
        match input.next() {
            Ok(Some(Message::Text(text))) if text == packet::PROBE => {
                say(stream, &Frame::text(packet::PROBED)).await?;
            }
            Ok(Some(Message::Text(text))) => return Ok(text == packet::UPGRADE),
            Ok(Some(Message::Ping(payload))) => say(stream, &Frame::pong(&payload)).await?,
            Ok(Some(_)) => return Ok(false),
            Err(Refusal { code, reason }) => {
                say(stream, &Frame::close(code, reason)).await?;
                return Ok(false);
            }
            Ok(None) => {
                stream.readable().await?;
                if !fill(stream, input)? {
                    return Ok(false);
                }
            }
        }
    }
}

async fn say(stream: &TcpStream, frame: &Frame) -> io::Result<()> {
    let mut rest = frame.bytes();
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(sent) => rest = rest.get(sent..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads what there is; `false` at the end of the stream. The buffer lives on the stack, so that a client
/// at rest holds none.
fn fill(stream: &TcpStream, input: &mut Input) -> io::Result<bool> {
    let mut buffer = [0_u8; READ];
    match stream.try_read(&mut buffer) {
        Ok(count) => {
            input.extend(buffer.get(..count).unwrap_or_default());
            Ok(count > 0)
        }
        // A false alarm: nothing has come yet.
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

async fn run(door: &Door, socket: &Arc<Socket>, stream: &TcpStream, mut input: Input) {
    let mut reading = listen(door, socket, &mut input).await;
    loop {
        let duty = socket.duty();
        if duty == Duty::Leave || (duty == Duty::Linger && reading == Reading::Over) {
            break;
        }
        tokio::select! {
            ready = stream.readable() => {
                match ready.and_then(|()| fill(stream, &mut input)) {
                    Ok(false) | Err(_) => break,
                    Ok(true) if reading == Reading::On => reading = listen(door, socket, &mut input).await,
                    // After a protocol error the rest of the stream means nothing.
                    Ok(true) => input = Input::default(),
                }
            }
            () = socket.wake.notified() => {}
            ready = stream.writable(), if duty == Duty::Write => {
                match ready {
                    Ok(()) => socket.write(),
                    Err(_) => break,
                }
            }
        }
    }
    door.hub.forget(socket);
}

/// How far reading has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// More may come.
    On,
    /// What comes is thrown away: it cannot be read.
    Lost,
    /// The client has said goodbye.
    Over,
}

/// Takes every message that is there.
async fn listen(door: &Door, socket: &Arc<Socket>, input: &mut Input) -> Reading {
    loop {
        let message = match input.next() {
            Ok(Some(message)) => message,
            Ok(None) => return Reading::On,
            Err(refusal) => {
                socket.close(refusal);
                return Reading::Lost;
            }
        };
        if message == Message::Close {
            socket.close(Refusal { code: 1000, reason: "" });
            return Reading::Over;
        }
        // After our own goodbye, only the client's counts.
        if !socket.is_open() || !session::allow(socket) {
            continue;
        }
        match message {
            Message::Text(text) => Box::pin(session::receive(door, socket, &text)).await,
            Message::Binary => session::refuse_binary(socket),
            Message::Ping(payload) => socket.send(Frame::pong(&payload)),
            Message::Fragment | Message::Pong | Message::Close => {}
        }
    }
}
