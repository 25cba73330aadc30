//! What callers show of themselves: cookies, the texts of keys, and what is sealed for somebody's browser. Nothing that
//! was made up is taken for ours, and nothing ends the program.

#![no_main]

use http::{HeaderMap, HeaderValue, header::COOKIE};
use libfuzzer_sys::fuzz_target;
use overture::{
    api_keys,
    http::session::{self, COOKIE as OURS},
    keys::{Keys, key_of},
};
use std::sync::LazyLock;
use store::api_key::KeyKind;

const RING: &str = "prints AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n0a1b2c3d AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::given(RING).expect("these are keys"));

fuzz_target!(|data: &[u8]| {
    cookies(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    for kind in [KeyKind::Api, KeyKind::Relayer] {
        if let Some(prefix) = api_keys::prefix(kind, text) {
            assert!(prefix.len() == 12 && text.contains(prefix) && text.is_ascii());
        }
    }
    if let Some(id) = key_of(text) {
        assert!(text.starts_with("v1.") && !id.contains('.'));
    }
    // Nobody who lacks the key makes something that opens.
    assert!(KEYS.unseal("place", text).is_err());
    assert!(!KEYS.is_signed("purpose", "data", text) || text == KEYS.sign("purpose", "data"));
    // What was sealed opens again, and only where it belongs.
    if let Ok(sealed) = KEYS.seal(text, text) {
        assert_eq!(KEYS.unseal(text, &sealed).expect("it was sealed here"), text);
        assert!(KEYS.unseal(&format!("{text}x"), &sealed).is_err());
    }
    // A key file is taken or refused, and a refusal never repeats a whole line of it.
    if let Err(refused) = Keys::given(text) {
        let told = format!("{refused:#}");
        assert!(!text.lines().any(|line| line.len() > 40 && told.contains(line)));
    }
});

fn cookies(data: &[u8]) {
    let mut headers = HeaderMap::new();
    // Several headers: they are told apart by a line feed, which none of them holds.
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    if let Some(found) = session::cookie(&headers, OURS) {
        assert!(!found.contains(';'));
        let shown =
            |value: &HeaderValue| value.as_bytes().windows(OURS.len()).any(|part| part == OURS.as_bytes());
        assert!(headers.get_all(COOKIE).iter().any(shown));
    }
}
