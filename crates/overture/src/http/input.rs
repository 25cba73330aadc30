//! What comes with a request, read strictly: anything that two readers could understand differently is refused.

use crate::{
    error::{Error, FieldError, Kind, Result},
    tool::read,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
    response::IntoResponse,
};
use serde::Deserialize as _;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON body of a plain route. No body at all is an empty object.
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|refused| unread(refused.into_response().status()))?;
        let object = object(&headers, &body)?;
        read(Value::Object(object)).map(Input)
    }
}

/// The query of a plain route.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let fields = query(&parts.uri)?.into_iter().map(|(name, value)| (name, Value::String(value)));
        read(Value::Object(fields.collect())).map(Asked)
    }
}

/// Reads a number or a truth value out of the text of a query.
pub fn literal<'de, D: Deserializer<'de>, T: DeserializeOwned>(text: D) -> std::result::Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(text)?).map_err(D::Error::custom)
}

fn unread(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::new(Kind::TooLarge, "body.too_large", "The body is too large for this address");
    }
    Error::new(Kind::Invalid, "body.broken", "The body broke off. Send the request again").number(400)
}

/// The object that a body holds.
pub fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = "Send JSON with the header Content-Type: application/json";
        return Err(Error::new(Kind::Invalid, "body.not_json", message).number(415));
    }
    let malformed = |error: serde_json::Error| {
        let message = format!("The body is not a JSON object: {error}");
        Error::new(Kind::Invalid, "body.malformed", message).number(400)
    };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Strict.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    match value {
        Value::Object(object) => {
            object.iter().try_for_each(|(name, value)| without_nul(name, value))?;
            Ok(object)
        }
        _ => Err(malformed(serde_json::Error::custom("it is something else"))),
    }
}

/// The fields of a query, each at most once.
pub fn query(uri: &Uri) -> Result<Vec<(String, String)>> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).into_owned() {
        if fields.iter().any(|(other, _)| *other == name) {
            let message = format!("The query names {name:?} twice: which one is meant?");
            return Err(Error::field("query.repeated", &name, message));
        }
        fields.push((name, value));
    }
    fields.iter().try_for_each(|(name, value)| nul_free(name, value))?;
    Ok(fields)
}

/// PostgreSQL keeps no text with NUL in it, and nobody types one.
pub fn nul_free(name: &str, text: &str) -> Result<()> {
    if !text.contains('\0') && !name.contains('\0') {
        return Ok(());
    }
    let mut refused = Error::invalid("input.nul", "The input holds the character NUL (U+0000). Leave it out");
    refused
        .fields
        .push(FieldError { field: name.replace('\0', ""), message: "Leave the character NUL out".into() });
    Err(refused)
}

fn without_nul(name: &str, value: &Value) -> Result<()> {
    match value {
        Value::String(text) => nul_free(name, text),
        Value::Array(values) => values.iter().try_for_each(|value| without_nul(name, value)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| without_nul(name, value)),
        _ => nul_free(name, ""),
    }
}

/// JSON in which no object has a name twice. How deep it may go is bounded by the reader.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// JSON has one kind of number: 5.0 is 5.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough to be exact")]
        if value.fract() == 0.0 && value.abs() <= EXACT {
            return Ok((value as i64).into());
        }
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element_seed(Strict)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(Strict)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("{name:?} is in it twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
