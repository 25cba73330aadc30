//! What WhatsApp and Messenger have in common: signatures, the handshake, every error code.

use providers::{Class, graph, messenger, whatsapp};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../fixtures/meta_signatures.json")).unwrap()
}

#[test]
fn every_vector_verifies_and_nothing_near_it_does() {
    for vector in vectors()["vectors"].as_array().unwrap() {
        let text = |key: &str| vector[key].as_str().unwrap();
        let (secret, body, signature) = (text("app_secret"), text("raw_body"), text("signature"));
        assert!(graph::verify(secret, body.as_bytes(), signature));
        assert_eq!(graph::sign(secret, body.as_bytes()), signature);
        let written_again = serde_json::from_str::<Value>(body).unwrap().to_string();
        assert_ne!(written_again, body, "the vector has escapes that do not survive");
        for (secret, body, signature) in [
            ("wrong", body, signature),
            ("", body, signature),
            (secret, &written_again, signature),
            (secret, &body[1..], signature),
            (secret, body, ""),
            (secret, body, "sha256="),
            (secret, body, &signature[7..]),
            (secret, body, &signature.to_uppercase()),
            (secret, body, &format!("{signature}0")),
        ] {
            assert!(!graph::verify(secret, body.as_bytes(), signature), "{signature}");
        }
    }
}

#[test]
fn an_empty_secret_verifies_nothing() {
    assert!(!graph::verify("", b"{}", &graph::sign("", b"{}")));
}

#[test]
fn the_handshake_is_answered_to_who_knows_the_token() {
    let ask = |mode: Option<&str>, token: Option<&str>, challenge: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let handshake =
            graph::Handshake { mode: owned(mode), verify_token: owned(token), challenge: owned(challenge) };
        owned(handshake.answer(&["TOKEN".into(), String::new()]))
    };
    let (mode, token, challenge) = (Some("subscribe"), Some("TOKEN"), Some("1158201444"));
    assert_eq!(ask(mode, token, challenge).as_deref(), Some("1158201444"));
    assert_eq!(ask(mode, Some("token"), challenge), None);
    assert_eq!(ask(mode, Some(""), challenge), None);
    assert_eq!(ask(mode, None, challenge), None);
    assert_eq!(ask(Some("unsubscribe"), token, challenge), None);
    assert_eq!(ask(None, token, challenge), None);
    assert_eq!(ask(mode, token, None), None);
    assert_eq!(ask(mode, token, Some(&"1".repeat(1_001))), None);
}

/// The word of the table for a class of ours.
fn word(class: Class) -> &'static str {
    match class {
        Class::Unknown => "unknown_outcome",
        class => class.as_str(),
    }
}

#[test]
fn every_code_of_the_table_has_its_class() {
    let table: Value = serde_json::from_str(include_str!("../fixtures/meta_error_classes.json")).unwrap();
    let mut seen = 0;
    for (code, class) in table["whatsapp"].as_object().unwrap() {
        let (first, last) = code.split_once('-').unwrap_or((code, code));
        for code in first.parse::<u32>().unwrap()..=last.parse().unwrap() {
            assert_eq!(whatsapp::class_of(code).map(word), class.as_str(), "WhatsApp {code}");
        }
        seen += 1;
    }
    for (code, class) in table["messenger"].as_object().unwrap() {
        let (code, sub) = match code.split_once('/') {
            Some((code, sub)) => (code, Some(sub.parse().unwrap())),
            None => (code.as_str(), None),
        };
        assert_eq!(
            messenger::class_of(code.parse().unwrap(), sub).map(word),
            class.as_str(),
            "Messenger {code} {sub:?}"
        );
        seen += 1;
    }
    assert_eq!(seen, 68);
    assert_eq!(whatsapp::class_of(99_999), None);
    assert_eq!(messenger::class_of(99_999, Some(1)), None);
    assert_eq!(messenger::class_of(10, Some(1)), Some(Class::Config), "a subcode nobody knows");
}
