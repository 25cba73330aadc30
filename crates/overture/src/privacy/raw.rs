//! Whom a raw event is about: what providers send names people in ways of its own.

use domain::identity;
use providers::Inbound;
use serde_json::Value;
use store::erasure::Raw;

/// Whether a raw event names one of these addresses: as its sender or recipient, or anywhere in its text.
pub fn names(event: &Raw, addresses: &[String]) -> bool {
    let named = self::addresses(&event.source, &event.body);
    if addresses.iter().any(|address| named.contains(address)) {
        return true;
    }
    let mut text = String::from_utf8_lossy(&event.body).to_lowercase();
    for (_, value) in form_urlencoded::parse(&event.body) {
        text.push('\n');
        text += &value.to_lowercase();
    }
    for inbound in understood(&event.source, &event.body) {
        if let Inbound::Message(message) = inbound {
            text.push('\n');
            text += &message.text.to_lowercase();
        }
    }
    addresses.iter().any(|address| text.contains(address.as_str()))
}

/// The addresses that a raw event is from or to, as they are compared.
pub fn addresses(source: &str, body: &[u8]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if source.starts_with("twilio") {
        let ends = form_urlencoded::parse(body).filter(|(name, _)| matches!(name.as_ref(), "From" | "To"));
        found.extend(ends.filter_map(|(_, number)| identity::phone(&number, "US").ok()));
        return found;
    }
    if source == "slybroadcast" {
        let told: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        return providers::slybroadcast::phone(&told).into_iter().collect();
    }
    if source == "bonzo" {
        return providers::bonzo::phone(body).into_iter().collect();
    }
    if source == "tiktok" {
        return on_tiktok(body);
    }
    if matches!(source, "whatsapp" | "messenger") {
        if let Ok(webhook) = serde_json::from_slice::<Value>(body) {
            on_platforms(&webhook, &mut found);
        }
        return found;
    }
    for inbound in understood(source, body) {
        match inbound {
            Inbound::Message(message) => found.push(message.from),
            Inbound::Bounce(bounce) => found.push(bounce.recipient),
            Inbound::Complaint(complaint) => found.push(complaint.recipient),
            Inbound::Status(_)
            | Inbound::Echo(_)
            | Inbound::Watermark(_)
            | Inbound::Choice(_)
            | Inbound::Renumbering(_)
            | Inbound::Template(_) => {}
        }
    }
    let mut keys: Vec<String> =
        found.iter().filter_map(|address| identity::email(address).ok()).map(|email| email.key).collect();
    keys.extend(crate::inbound::recipients(body));
    keys
}

/// The conversation that an event of TikTok's is about.
fn on_tiktok(body: &[u8]) -> Vec<String> {
    let ours = providers::tiktok::account(body).unwrap_or_default();
    let meanings = providers::tiktok::parse(body, &ours).unwrap_or_default();
    let whom = meanings.into_iter().filter_map(|meaning| match meaning {
        Inbound::Message(message) => Some(message.from),
        Inbound::Echo(echo) => Some(echo.to),
        Inbound::Watermark(mark) => Some(mark.from),
        Inbound::Status(_)
        | Inbound::Choice(_)
        | Inbound::Renumbering(_)
        | Inbound::Bounce(_)
        | Inbound::Complaint(_)
        | Inbound::Template(_) => None,
    });
    whom.collect()
}

/// Whatever in a webhook of Meta can be a person: numbers without their plus, page-scoped and business-scoped ids.
/// Where they stand changes with every kind of news, so all of it is looked through.
fn on_platforms(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if text.len() <= 32 && text.len() >= 5 && text.bytes().all(|b| b.is_ascii_digit()) {
                found.push(format!("+{text}"));
                found.push(text.clone());
            } else if text.contains('.') && identity::whatsapp(text, "US").is_ok() {
                found.push(text.clone());
            }
        }
        Value::Array(all) => all.iter().for_each(|value| on_platforms(value, found)),
        Value::Object(all) => all.values().for_each(|value| on_platforms(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn understood(source: &str, body: &[u8]) -> Vec<Inbound> {
    if source != "email" {
        return vec![];
    }
    // What cannot be read is still searched as text.
    providers::mime::parse(body).unwrap_or_default()
}
