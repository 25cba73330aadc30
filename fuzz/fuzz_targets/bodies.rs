//! JSON bodies and queries, read strictly: what is taken says the same to the next reader.

#![no_main]

use http::{HeaderMap, HeaderValue, Uri, header::CONTENT_TYPE};
use libfuzzer_sys::fuzz_target;
use overture::http::input;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(object) = input::object(&headers, data) {
        let written = Value::Object(object.clone()).to_string();
        assert!(!written.contains("\\u0000"));
        let again = input::object(&headers, written.as_bytes()).expect("what was taken is taken again");
        assert!(is_same(&Value::Object(again), &Value::Object(object)), "{written}");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(uri) = format!("/api/contacts?{text}").parse::<Uri>() else { return };
    if let Ok(fields) = input::query(&uri) {
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), fields.len());
    }
});

/// Fractions are read to the last bit but one.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.0 == other.0 && is_same(one.1, other.1))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap_or_default(), other.as_f64().unwrap_or_default());
            one == other || (one - other).abs() <= one.abs() * 4.0 * f64::EPSILON
        }
        _ => one == other,
    }
}
