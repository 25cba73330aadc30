//! Bonzo's event hooks: what people wrote, and that somebody wants no more. Their shape is known from few examples, so
//! whatever holds the words and the number is taken.

use crate::{
    Class, Fail, Inbound, InboundMessage,
    inbound::InboundChoice,
    text::{cut, visible, visible_line},
};
use domain::Channel;
use serde_json::Value;

/// Bytes of one text that are kept.
const MAX_TEXT: usize = 64 * 1024;

fn broken(why: &str) -> Fail {
    Fail::new(Class::Permanent, format!("The Bonzo event {why}."))
}

fn text_at<'a>(value: &'a Value, paths: &[&str]) -> Option<&'a str> {
    paths.iter().find_map(|path| value.pointer(path)?.as_str().filter(|text| !text.trim().is_empty()))
}

fn number(event: &Value) -> Option<String> {
    let text = text_at(event, &["/prospect/phone", "/data/prospect/phone", "/from", "/phone"])?;
    domain::identity::phone(text, "US").ok()
}

/// Whom an event is about, as E.164.
pub fn phone(body: &[u8]) -> Option<String> {
    number(&serde_json::from_slice(body).ok()?)
}

/// Reads `POST /api/bonzo/inbound`. `digest` names an event that has no id of its own. Unknown events and fields are
/// ignored.
pub fn parse(body: &[u8], digest: &str) -> Result<Vec<Inbound>, Fail> {
    let event = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    let event = event.ok_or_else(|| broken("cannot be read: it is no JSON object"))?;
    let from = number(&event).ok_or_else(|| broken("names no phone number (prospect.phone is missing)"))?;
    let mut found = Vec::new();
    let words = text_at(
        &event,
        &["/message/body", "/message/text", "/message", "/text", "/additional/message", "/body"],
    );
    let is_ours = text_at(&event, &["/message/direction", "/direction", "/additional/direction"])
        .is_some_and(|way| way.to_ascii_lowercase().starts_with("out"));
    if let Some(words) = words.filter(|_| !is_ours) {
        let text = cut(visible(words), MAX_TEXT);
        let id = event.pointer("/message/id").or_else(|| event.get("message_id"));
        let id =
            id.and_then(|id| id.as_u64().map(|id| id.to_string()).or_else(|| id.as_str().map(str::to_owned)));
        let id = id.map(|id| cut(visible_line(&id), 200)).filter(|id| !id.is_empty());
        let name = ["/prospect/first_name", "/prospect/last_name"]
            .iter()
            .filter_map(|path| text_at(&event, &[path]));
        let name = cut(visible_line(&name.collect::<Vec<_>>().join(" ")), 200);
        found.push(Inbound::Message(InboundMessage {
            channel: Channel::Sms,
            from: from.clone(),
            from_name: Some(name).filter(|name| !name.is_empty()),
            to: text_at(&event, &["/to", "/message/to"]).map(visible_line).into_iter().collect(),
            subject: None,
            text_full: text.clone(),
            text,
            html: None,
            provider_message_id: id.unwrap_or_else(|| format!("bonzo:{digest}")),
            in_reply_to: None,
            references: Vec::new(),
            our_tag: None,
            auto_submitted: None,
            precedence: None,
            headers: Vec::new(),
            date_ms: None,
            attachments: 0,
        }));
    }
    if event.pointer("/prospect/dnc").and_then(Value::as_bool) == Some(true) {
        found.push(Inbound::Choice(InboundChoice { channel: Channel::Sms, from, wants: false }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_of_every_kind() {
        let ada = json!({"id": 7, "first_name": "Ada", "last_name": "Lovelace", "phone": "(415) 555-0123", "dnc": false});
        let mut out = ada.clone();
        out["dnc"] = json!(true);
        let table = [
            (
                json!({"event": "messages.received", "prospect": ada, "message": {"id": 9, "body": "Hi\u{202e}"}}),
                "9 Hi",
            ),
            (json!({"event": "messages.received", "prospect": ada, "message": "Hi"}), "bonzo:d Hi"),
            (json!({"from": "+14155550123", "to": "+12025550199", "text": "Hi"}), "bonzo:d Hi"),
            (json!({"prospect": ada, "message": {"body": "Ours", "direction": "outbound"}}), ""),
            (json!({"event": "prospects.updated", "prospect": ada}), ""),
            (json!({"event": "prospects.updated", "prospect": out}), "out"),
            (json!({"prospect": out, "message": "STOP"}), "bonzo:d STOP, out"),
        ];
        for (event, expected) in table {
            let found = parse(event.to_string().as_bytes(), "d").unwrap();
            let said: Vec<String> = found
                .iter()
                .map(|thing| match thing {
                    Inbound::Message(m) => {
                        assert_eq!(m.from, "+14155550123");
                        format!("{} {}", m.provider_message_id, m.text)
                    }
                    Inbound::Choice(c) if !c.wants => "out".to_owned(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(said.join(", "), expected, "{event}");
        }
        for broken in ["", "[]", "{\"prospect\": {}}", "{\"prospect\": {\"phone\": \"x\"}}", "\"text\""] {
            assert!(parse(broken.as_bytes(), "d").is_err(), "{broken}");
        }
    }
}
