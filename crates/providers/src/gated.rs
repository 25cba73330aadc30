//! A sending request whose body leaves only when the gate says so at that moment.
//!
//! Between the request and its first byte lies whatever the connection takes: a name to look up, a server
//! that accepts slowly, TLS, a connection's task that waits for its turn. A process may also be frozen there,
//! and wake up when its claim has passed to another node. So the gate is asked when the connection takes the
//! body, which it writes to the socket in the same breath. Without its body the request is not complete, and
//! nobody acts on it.
//!
//! What is left is a process that is frozen between that question and the write. Other nodes do not send its
//! messages while it lives; only one that is frozen there and cut off from PostgreSQL could still send twice,
//! and only a provider that knows our reference could close that.

use crate::{Fail, Gate, http::transport};
use futures::stream;
use reqwest::{Body, RequestBuilder, Response, header::CONTENT_LENGTH};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Sends a request with this body. The gate is asked at once, to spare the connection, and again when the body
/// is taken; a closed gate breaks the request off.
pub(crate) async fn send(
    provider: &str,
    request: RequestBuilder,
    body: String,
    gate: Arc<dyn Gate>,
) -> Result<Response, Fail> {
    if !gate.may_send() {
        return Err(Fail::gave_back());
    }
    let refused = Arc::new(AtomicBool::new(false));
    let length = body.len();
    let body = Body::wrap_stream(stream::once(released(body, gate, refused.clone())));
    // A stream has no length of its own, and not every proxy likes chunks.
    let outcome = request.header(CONTENT_LENGTH, length).body(body).send().await;
    // Whatever was answered to a request without its body: nothing was sent.
    if refused.load(Ordering::SeqCst) {
        return Err(Fail::gave_back());
    }
    outcome.map_err(|error| transport(provider, &error))
}

/// The body, if the gate says yes now.
async fn released(body: String, gate: Arc<dyn Gate>, refused: Arc<AtomicBool>) -> Result<String, io::Error> {
    if gate.may_send() {
        return Ok(body);
    }
    refused.store(true, Ordering::SeqCst);
    Err(io::Error::other("the gate is closed"))
}
