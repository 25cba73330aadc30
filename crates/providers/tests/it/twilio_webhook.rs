//! Twilio's signatures (its own published vectors) and webhooks.

use providers::{Class, Inbound, inbound::Delivery, twilio};
use serde_json::Value;

fn params(vector: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    if let Some(many) = vector["params_multi"].as_array() {
        return many.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    }
    let one = vector["params"].as_object().into_iter().flatten();
    one.map(|(name, value)| (name.clone(), text(value))).collect()
}

#[test]
fn every_vector_verifies_and_nothing_near_it_does() {
    let file: Value = serde_json::from_str(include_str!("../fixtures/twilio_signatures.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 9);
    for vector in vectors {
        let text = |key: &str| vector[key].as_str();
        let (url, signature, params) = (text("url").unwrap(), text("signature").unwrap(), params(vector));
        let verify =
            |secret: &str, url: &str, params: &[(String, String)], signature: &str| match text("raw_body") {
                Some(body) => twilio::verify_body(secret, url, body.as_bytes(), signature),
                None if vector["settings_header"].is_string() => {
                    twilio::verify_sha256(secret, url, params, signature)
                }
                None => twilio::verify(secret, url, params, signature),
            };
        let secret = text("auth_token").or(text("secret")).unwrap();
        assert!(verify(secret, url, &params, signature), "{}", vector["name"]);
        let mut shuffled = params.clone();
        shuffled.reverse();
        assert!(verify(secret, url, &shuffled, signature), "order does not matter: {}", vector["name"]);

        let mut changed = params.clone();
        changed.push(("Extra".into(), "1".into()));
        for (secret, url, params, signature) in [
            ("wrong", url, &params, signature),
            ("", url, &params, signature),
            (secret, "https://evil.example/", &params, signature),
            (secret, url, &params, ""),
            (secret, url, &params, &signature.to_lowercase()),
            (secret, url, &params, &format!("{signature}=")),
        ] {
            assert!(!verify(secret, url, params, signature), "{}", vector["name"]);
        }
        if text("raw_body").is_none() {
            assert!(!verify(secret, url, &changed, signature), "{}", vector["name"]);
        } else {
            assert!(!twilio::verify_body(secret, url, b"{}", signature));
        }
    }
}

#[test]
fn an_empty_token_verifies_nothing() {
    let url = "https://overture.example/api/twilio/inbound-sms";
    assert!(!twilio::verify("", url, &[], &twilio::sign("", url, &[])));
    assert!(twilio::verify("t", url, &[], &twilio::sign("t", url, &[])));
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_text_that_came_in() {
    let params = form(&[
        ("MessageSid", "SM1"),
        ("From", "+14155550100"),
        ("To", "+15005550006"),
        ("Body", "Yes\u{202e} ✓\0 "),
        ("NumMedia", "2"),
        ("MediaUrl0", "https://api.twilio.com/m/0"),
        ("MediaUrl1", "http://127.0.0.1/"),
        ("OptOutType", "STOP"),
        ("NewField", "whatever"),
    ]);
    let Inbound::Message(message) = twilio::inbound(&params).unwrap().remove(0) else { panic!() };
    assert_eq!((message.from.as_str(), message.to[0].as_str()), ("+14155550100", "+15005550006"));
    assert_eq!((message.text.as_str(), message.provider_message_id.as_str()), ("Yes ✓ ", "SM1"));
    assert_eq!(message.header("opt-out-type"), Some("STOP"));
    assert_eq!(message.attachments, 2);

    let empty = form(&[("SmsSid", "SM2"), ("From", "40404"), ("NumMedia", "99999999999")]);
    let Inbound::Message(message) = twilio::inbound(&empty).unwrap().remove(0) else { panic!() };
    assert_eq!((message.text.as_str(), message.from.as_str(), message.attachments), ("", "40404", 0));
    for bad in [
        form(&[]),
        form(&[("MessageSid", "SM1")]),
        form(&[("From", "+1")]),
        form(&[("MessageSid", "../x"), ("From", "+1")]),
    ] {
        assert_eq!(twilio::inbound(&bad).unwrap_err().class, Class::Permanent);
    }
}

#[test]
fn news_of_a_text_that_went_out() {
    let cases = [
        ("queued", None, Some(Delivery::Accepted), None),
        ("accepted", None, Some(Delivery::Accepted), None),
        ("sending", None, Some(Delivery::Accepted), None),
        ("sent", None, Some(Delivery::Sent), None),
        ("delivered", None, Some(Delivery::Delivered), None),
        ("DELIVERED", Some("0"), Some(Delivery::Delivered), None),
        ("read", None, Some(Delivery::Read), None),
        ("undelivered", Some("30003"), Some(Delivery::Failed), Some(Class::Retry)),
        ("undelivered", Some("30005"), Some(Delivery::Failed), Some(Class::BadRecipient)),
        ("failed", Some("21610"), Some(Delivery::Failed), Some(Class::OptOut)),
        ("failed", None, Some(Delivery::Failed), Some(Class::Permanent)),
        ("failed", Some("77777"), Some(Delivery::Failed), Some(Class::Permanent)),
        ("teleported", None, Some(Delivery::Accepted), None),
        ("received", None, None, None),
    ];
    for (said, code, expected, class) in cases {
        let mut params = form(&[("MessageSid", "SM1"), ("MessageStatus", said)]);
        params.extend(code.map(|code| ("ErrorCode".to_owned(), code.to_owned())));
        let read = twilio::status(&params, Some("msg_1")).unwrap();
        let Some(expected) = expected else {
            assert!(read.is_empty());
            continue;
        };
        let [Inbound::Status(status)] = read.as_slice() else { panic!("{said}") };
        assert_eq!((status.status, status.class), (expected, class), "{said} {code:?}");
        assert_eq!(status.our_message_id.as_deref(), Some("msg_1"));
        assert_eq!(status.code.is_some(), code.is_some_and(|code| code != "0"), "{said}");
    }
    assert!(twilio::status(&form(&[("MessageSid", "SM1")]), None).is_err());
    assert!(Delivery::Sent > Delivery::Accepted && Delivery::Read > Delivery::Delivered);
}
