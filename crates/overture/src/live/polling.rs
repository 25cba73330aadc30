//! Clients without a websocket: events are the answers to requests that wait for them.

use super::{
    Door, Failure,
    frame::{Frame, MESSAGE_LIMIT, Refusal},
    packet, session,
    socket::{Socket, Wire},
};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// A new client, which will ask again for what there is to say.
pub(super) fn open(door: &Door, headers: HeaderMap) -> Response {
    let settings = door.hub.settings();
    let socket = Arc::new(Socket::new(Wire::Polling, headers, settings));
    let hello = packet::open(
        &socket.sid.to_string(),
        &["websocket"],
        settings.ping_interval.as_millis(),
        settings.ping_timeout.as_millis(),
    );
    socket.send(Frame::text(&hello));
    door.hub.register(&socket);
    answer(socket.take().unwrap_or_default())
}

/// Waits until there is something to say, and says it.
pub(super) async fn poll(socket: Arc<Socket>) -> Response {
    let Some(_turn) = socket.poll() else {
        if socket.is_polling() {
            socket.close(Refusal { code: 1002, reason: "two polls at a time" });
        }
        return Failure::BadRequest.into_response();
    };
    loop {
        let woken = socket.wake.notified();
        if let Some(payload) = socket.take() {
            return answer(payload);
        }
        woken.await;
    }
}

/// Takes what the client says: packets with a separator between them.
pub(super) async fn post(door: &Door, socket: Arc<Socket>, body: Body) -> Response {
    if !socket.is_polling() {
        return Failure::BadRequest.into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, MESSAGE_LIMIT).await else {
        socket.close(Refusal { code: 1009, reason: "a message may have 64 KB" });
        return (StatusCode::PAYLOAD_TOO_LARGE, "a message may have 64 KB").into_response();
    };
    let Ok(text) = std::str::from_utf8(&body) else {
        socket.close(Refusal { code: 1007, reason: "the text is not UTF-8" });
        return Failure::BadRequest.into_response();
    };
    for packet in text.split(packet::SEPARATOR) {
        if !socket.is_open() || !session::allow(&socket) {
            break;
        }
        match packet.starts_with('b') {
            true => session::refuse_binary(&socket),
            false => session::receive(door, &socket, packet).await,
        }
    }
    answer("ok".into())
}

fn answer(payload: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, payload).into_response()
}
