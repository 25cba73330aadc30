//! What strangers can put before us as a token, a cookie, a signature or a body: whatever it is, it ends nothing, and only
//! what was signed is taken for signed. The programs in `fuzz/` ask the same for longer, and learn from what they see.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use overture::{
    api_keys,
    http::{input, session, webhooks},
    keys::{Keys, key_of},
};
use proptest::prelude::*;
use providers::twilio;
use serde_json::Value;
use std::sync::LazyLock;
use store::api_key::KeyKind;

const RING: &str =
    "prints AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,0a1b2c3d AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::given(RING).unwrap());
const SECRET: &str = "twelve tuning forks";

/// Text in which the marks of our own formats are frequent.
fn shown() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("v1.0a1b2c3d.".to_owned()),
        Just("ovk_".to_owned()),
        Just("ovr_".to_owned()),
        Just("sha256=".to_owned()),
        Just("overture_session=".to_owned()),
        "[.;=_,& \"\\\\-]{1,3}",
        "[A-Za-z0-9_-]{1,43}",
        ".{0,12}",
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

/// Another text: one of its characters is another one.
fn bent(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #[test]
    fn nothing_made_up_is_taken_for_a_token_of_ours(text in shown()) {
        for kind in [KeyKind::Api, KeyKind::Relayer] {
            if let Some(prefix) = api_keys::prefix(kind, &text) {
                prop_assert!(prefix.len() == 12 && text.contains(prefix) && text.is_ascii());
            }
        }
        prop_assert!(key_of(&text).is_none_or(|id| text.starts_with("v1.") && !id.contains('.')));
        prop_assert!(KEYS.unseal("place", &text).is_err());
        prop_assert!(!KEYS.is_signed("purpose", "data", &text));
        if let Err(refused) = Keys::given(&text) {
            let told = format!("{refused:#}");
            prop_assert!(!text.lines().any(|line| line.len() > 40 && told.contains(line)));
        }
    }

    #[test]
    fn a_cookie_is_one_that_was_sent(parts in prop::collection::vec(shown(), 0..3)) {
        let mut headers = HeaderMap::new();
        for part in &parts {
            if let Ok(value) = HeaderValue::from_bytes(part.as_bytes()) {
                headers.append(header::COOKIE, value);
            }
        }
        if let Some(found) = session::cookie(&headers, session::COOKIE) {
            prop_assert!(!found.contains(';'));
            prop_assert!(parts.iter().any(|part| part.contains(session::COOKIE) && part.contains(found)));
        }
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_and_nothing_else_does(place in shown(), plain in ".*", at in 0_usize..500) {
        let sealed = KEYS.seal(&place, &plain).unwrap();
        prop_assert_eq!(KEYS.unseal(&place, &sealed).unwrap(), plain);
        prop_assert!(KEYS.unseal(&(place.clone() + "x"), &sealed).is_err());
        prop_assert!(KEYS.unseal(&place, &bent(&sealed, at)).is_err());
    }

    #[test]
    fn a_signature_is_good_for_what_it_was_made_over(body in ".*", wrong in shown(), at in 0_usize..50) {
        let ours = KEYS.sign("purpose", &body);
        prop_assert!(KEYS.is_signed("purpose", &body, &ours));
        prop_assert!(!KEYS.is_signed("purpose", &(body.clone() + "x"), &ours));
        prop_assert!(!KEYS.is_signed("purpose", &body, &bent(&ours, at)));
        prop_assert!(!webhooks::is_signed(SECRET, body.as_bytes(), &wrong));

        let (url, params) = ("https://overture.test/api/twilio/inbound-sms", [("Body".to_owned(), body)]);
        let theirs = twilio::sign(SECRET, url, &params);
        prop_assert!(twilio::verify(SECRET, url, &params, &theirs));
        prop_assert!(!twilio::verify("another", url, &params, &theirs));
        for bad in [wrong.as_str(), &bent(&theirs, at)] {
            prop_assert!(!twilio::verify(SECRET, url, &params, bad));
            prop_assert!(!twilio::verify_sha256(SECRET, url, &params, bad));
            prop_assert!(!twilio::verify_body(SECRET, bad, params[0].1.as_bytes(), bad));
        }
    }

    #[test]
    fn what_is_read_of_a_body_says_the_same_to_the_next_reader(text in ".*", name in shown(), number in any::<i64>()) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let whole = format!(r#"{{{}: [{}, {number}]}}"#, Value::from(name), Value::from(text.as_str()));
        for body in [whole.as_str(), &text] {
            if let Ok(object) = input::object(&headers, body.as_bytes()) {
                let written = Value::Object(object.clone()).to_string();
                prop_assert_eq!(input::object(&headers, written.as_bytes()).unwrap(), object);
            }
        }
        if let Ok(uri) = format!("/api/contacts?{text}").parse::<Uri>()
            && let Ok(fields) = input::query(&uri)
        {
            let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            prop_assert_eq!(names.len(), fields.len());
        }
    }
}
