//! Creating a message, and what each answer to it means.

use super::Messenger;
use crate::{Class, Fail, Gate, Outgoing, Receipt, graph::is_id};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The created message; everything else in it comes again by webhook.
#[derive(Deserialize)]
struct Created {
    message_id: String,
}

impl Messenger {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        if !is_id(&message.from) {
            return Err(Fail::new(Class::Config, "The address of this sender is not the id of a page."));
        }
        let path = format!("/{}/messages", message.from);
        let body = self.graph.post(&path, &request(message), gate).await?;
        match serde_json::from_slice::<Created>(&body) {
            Ok(created) if is_message_id(&created.message_id) => {
                Ok(Receipt { provider_message_id: created.message_id })
            }
            _ => Err(Fail::new(
                Class::Unknown,
                "Messenger said yes, but its answer was cut short or holds no message id; the message may have \
                 been sent.",
            )),
        }
    }
}

/// The request. `metadata` comes back in the echo, and is how we know our own message again.
fn request(message: &Outgoing) -> Value {
    let mut request = json!({
        "recipient": { "id": message.to },
        "messaging_type": "RESPONSE",
        "message": { "text": message.text, "metadata": message.message_id },
    });
    if message.late_answer {
        request["messaging_type"] = json!("MESSAGE_TAG");
        request["tag"] = json!("HUMAN_AGENT");
    }
    request
}

/// `m_` and base64, with some room: Meta has changed it before.
pub(super) fn is_message_id(id: &str) -> bool {
    (4..=300).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+/=:$".contains(&byte))
}
