//! A sending request whose body leaves only when the gate says so at that moment.
//!
//! Between the request and its first byte lies whatever the connection takes: a name to look up, a server
//! that accepts slowly, TLS. A process may also be frozen there, and wake up when its claim has passed to
//! another node. So the gate is asked again when the connection wants the body. Without its body the request
//! is not complete, and nobody acts on it.

use crate::{Fail, Gate, http::transport};
use futures::stream;
use reqwest::{Body, RequestBuilder, Response, header::CONTENT_LENGTH};
use std::{io, pin::pin, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

/// How old a yes of the gate may be when the body leaves. The connection's task can only ask through a
/// channel, since it outlives whoever holds the gate; an answer as fresh as this spares that. It is far less
/// than what remains of a lease when the gate still says yes.
const FRESH: Duration = Duration::from_millis(20);

/// A question to the gate, from the connection's task.
type Question = oneshot::Sender<bool>;

/// Sends a request with this body. The gate is asked at once, and again when the body is wanted later than
/// [`FRESH`]; a closed gate breaks the request off.
pub(crate) async fn send(
    provider: &str,
    request: RequestBuilder,
    body: String,
    gate: &dyn Gate,
) -> Result<Response, Fail> {
    let asked = Instant::now();
    if !gate.may_send() {
        return Err(Fail::gave_back());
    }
    let (ask, mut questions) = mpsc::channel(1);
    let length = body.len();
    let body = Body::wrap_stream(stream::once(released(body, asked, ask)));
    // A stream has no length of its own, and not every proxy likes chunks.
    let mut response = pin!(request.header(CONTENT_LENGTH, length).body(body).send());
    let mut refused = false;
    loop {
        tokio::select! {
            biased;
            Some(question) = questions.recv() => {
                let may_send = gate.may_send();
                refused |= !may_send;
                if question.send(may_send).is_err() {
                    tracing::debug!("the connection ended while the gate was asked");
                }
            }
            outcome = &mut response => {
                // Whatever was answered to a request without its body: nothing was sent.
                if refused {
                    return Err(Fail::gave_back());
                }
                return outcome.map_err(|error| transport(provider, &error));
            }
        }
    }
}

/// The body, once the gate has said yes no longer than [`FRESH`] ago.
async fn released(
    body: String,
    mut asked: Instant,
    ask: mpsc::Sender<Question>,
) -> Result<String, io::Error> {
    while asked.elapsed() > FRESH {
        asked = Instant::now();
        let (question, answer) = oneshot::channel();
        if ask.send(question).await.is_err() || answer.await != Ok(true) {
            return Err(io::Error::other("the gate is closed"));
        }
    }
    Ok(body)
}
