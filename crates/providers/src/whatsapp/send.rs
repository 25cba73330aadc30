//! Creating a message, and what each answer to it means.

use super::Whatsapp;
use crate::{Class, Fail, Gate, Outgoing, Receipt};
use domain::message::{ApprovedTemplate, PlacePart};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The created message; everything else in it comes again by webhook.
#[derive(Deserialize)]
struct Created {
    messages: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Whatsapp {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let path = format!("/{}/messages", self.phone_number_id);
        let body = self.graph.post(&path, &request(message), gate).await?;
        created(&body)
    }
}

/// The request: a text, or a template that Meta has approved, with our id for the status webhooks.
fn request(message: &Outgoing) -> Value {
    let mut request = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.message_id,
    });
    // Somebody who shows no number is written to by the id that WhatsApp gave them for this business.
    let whom = if message.to.starts_with('+') { "to" } else { "recipient" };
    request[whom] = json!(message.to);
    match &message.approved {
        Some(template) => {
            request["type"] = json!("template");
            request["template"] = json!({ "name": template.name, "language": { "code": template.language } });
            let components = components(template);
            if !components.is_empty() {
                request["template"]["components"] = json!(components);
            }
        }
        None => {
            request["type"] = json!("text");
            request["text"] = json!({ "body": message.text, "preview_url": false });
        }
    }
    request
}

/// The values of a template, part by part. Where nobody knows its places all of them belong to the text.
fn components(template: &ApprovedTemplate) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for (number, value) in template.values.iter().enumerate() {
        let place = template.places.get(number);
        let mut parameter = json!({ "type": "text", "text": value });
        if let Some(name) = place.and_then(|place| place.name.as_deref()) {
            parameter["parameter_name"] = json!(name);
        }
        let mut part = match place.map(|place| place.part) {
            Some(PlacePart::Header) => json!({ "type": "header" }),
            Some(PlacePart::Button) => json!({
                "type": "button", "sub_type": "url", "index": place.and_then(|place| place.button).unwrap_or(0).to_string(),
            }),
            Some(PlacePart::Body) | None => json!({ "type": "body" }),
        };
        let same = |one: &&mut Value| one["type"] == part["type"] && one["index"] == part["index"];
        match found.iter_mut().find(same).and_then(|one| one["parameters"].as_array_mut()) {
            Some(parameters) => parameters.push(parameter),
            None => {
                part["parameters"] = json!([parameter]);
                found.push(part);
            }
        }
    }
    found
}

fn created(body: &[u8]) -> Result<Receipt, Fail> {
    let id =
        serde_json::from_slice::<Created>(body).ok().and_then(|created| created.messages.into_iter().next());
    match id.filter(|message| is_message_id(&message.id)) {
        Some(message) => Ok(Receipt { provider_message_id: message.id }),
        None => Err(Fail::new(
            Class::Unknown,
            "WhatsApp said yes, but its answer was cut short or holds no message id; the message may have been sent.",
        )),
    }
}

/// `wamid.` and base64.
pub(super) fn is_message_id(id: &str) -> bool {
    (8..=300).contains(&id.len())
        && id.starts_with("wamid.")
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+/=_-".contains(&byte))
}
