//! Finding a message whose answer was lost, in the conversation as the page sees it. Our reference is not shown
//! there, so time and text have to do.
//!
//! Ambiguity: if the same text went to the same person more than once since `since_ms`, any of them counts as found.
//! That errs towards not sending again. A message that is not there proves nothing: the list may lag.

use super::{Messenger, send::is_message_id};
use crate::{Fail, Found, Outgoing, graph::is_id};
use serde_json::Value;

/// Clocks differ; a message created this much before our first attempt may still be ours.
const SLACK_MS: i64 = 60_000;

impl Messenger {
    pub(super) async fn look_up(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail> {
        if !is_id(&message.to) || !is_id(&message.from) {
            return Ok(Found::CannotKnow);
        }
        let path = format!(
            "/{}/conversations?platform=MESSENGER&user_id={}&fields=messages.limit(50)%7Bid,message,from,created_time%7D",
            message.from, message.to
        );
        let answer = match self.graph.get(&path).await {
            Ok(answer) => answer,
            Err(fail) => {
                tracing::warn!(class = %fail.class, code = fail.code, "Messenger could not be asked about a message");
                return Ok(Found::CannotKnow);
            }
        };
        let listed = answer["data"].as_array().into_iter().flatten();
        let mut messages =
            listed.flat_map(|thread| thread["messages"]["data"].as_array().into_iter().flatten());
        let found = messages.find(|listed| Self::is_ours(listed, message, since_ms - SLACK_MS));
        Ok(found.and_then(|m| m["id"].as_str()).map_or(Found::CannotKnow, |id| Found::Sent(id.to_owned())))
    }

    fn is_ours(listed: &Value, message: &Outgoing, since_ms: i64) -> bool {
        let text = |path: &str| listed.pointer(path).and_then(Value::as_str).unwrap_or_default();
        is_message_id(text("/id"))
            && text("/from/id") == message.from
            && text("/message").trim() == message.text.trim()
            && created_ms(text("/created_time")).is_some_and(|created| created >= since_ms)
    }
}

/// `2026-11-22T14:59:45+0000`, or with a colon in the zone.
fn created_ms(text: &str) -> Option<i64> {
    let zoned =
        jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%z", text).ok().and_then(|t| t.to_timestamp().ok());
    zoned.or_else(|| text.parse().ok()).map(|at: jiff::Timestamp| at.as_millisecond())
}
