//! Twilio's answers, in its own shapes.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::check::Filter;
use super::{Status, Text, sid};
use crate::clock;
use crate::world::{World, locked};

#[derive(Serialize)]
struct Resource<'a> {
    account_sid: &'a str,
    api_version: &'static str,
    body: &'a str,
    date_created: String,
    date_sent: Option<String>,
    date_updated: String,
    direction: &'static str,
    error_code: Option<u32>,
    error_message: Option<&'static str>,
    from: Option<&'a str>,
    messaging_service_sid: Option<&'a str>,
    num_media: &'static str,
    num_segments: String,
    price: Option<&'static str>,
    price_unit: &'static str,
    sid: String,
    status: &'static str,
    subresource_uris: Media,
    to: &'a str,
    uri: String,
}

#[derive(Serialize)]
struct Media {
    media: String,
}

impl<'a> Resource<'a> {
    fn new(world: &'a World, number: u64, text: &'a Text) -> Resource<'a> {
        let account = &world.options.account_sid;
        let sid = sid(world, number);
        let path = format!("/2010-04-01/Accounts/{account}/Messages/{sid}");
        let created = clock::rfc2822(text.at);
        let updated =
            if text.changed_at == text.at { created.clone() } else { clock::rfc2822(text.changed_at) };
        let queued = text.status == Status::Queued;
        Resource {
            account_sid: account,
            api_version: "2010-04-01",
            body: &text.body,
            date_sent: (!queued).then(|| updated.clone()),
            date_created: created,
            date_updated: updated,
            direction: "outbound-api",
            error_code: text.error,
            error_message: text.error.map(meaning),
            from: text.from.as_deref(),
            messaging_service_sid: text.service.as_deref(),
            num_media: "0",
            num_segments: if text.from.is_none() && queued {
                "0".into()
            } else {
                segments(&text.body).to_string()
            },
            price: (!queued).then_some("-0.00750"),
            price_unit: "USD",
            status: text.status.word(),
            subresource_uris: Media { media: format!("{path}/Media.json") },
            to: &text.to,
            uri: format!("{path}.json"),
            sid,
        }
    }
}

/// What Twilio says about the error codes that people of the sandbox cause.
fn meaning(code: u32) -> &'static str {
    match code {
        30003 => "Unreachable destination handset",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        _ => "Unknown error",
    }
}

/// In how many parts a text travels: 160 (153 in a chain) characters of GSM 7 bit, or 70 (67) of UTF-16.
pub(crate) fn segments(body: &str) -> usize {
    // Beside ASCII letters and digits.
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
    const EXTENDED: &str = "^{}\\[~]|€";
    let septets = body.chars().try_fold(0, |sum, c| {
        if c.is_ascii_alphanumeric() || BASIC.contains(c) {
            Some(sum + 1)
        } else {
            EXTENDED.contains(c).then_some(sum + 2)
        }
    });
    let parts = |units: usize, one: usize, many: usize| if units <= one { 1 } else { units.div_ceil(many) };
    match septets {
        Some(units) => parts(units, 160, 153),
        None => parts(body.encode_utf16().count(), 70, 67),
    }
}

pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn spelled(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => json(status, body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be spelled");
            failure(500)
        }
    }
}

pub(crate) fn created(world: &World, number: u64, text: &Text) -> Response {
    spelled(StatusCode::CREATED, &Resource::new(world, number, text))
}

pub(crate) fn found(world: &World, number: u64, text: &Text) -> Response {
    spelled(StatusCode::OK, &Resource::new(world, number, text))
}

/// The error body; 401 also asks for credentials.
pub(crate) fn refuse(status: StatusCode, code: u32, message: &str) -> Response {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body =
        serde_json::json!({"code": code, "message": message, "more_info": more, "status": status.as_u16()});
    let mut answer = spelled(status, &body);
    if status == StatusCode::UNAUTHORIZED {
        let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    answer
}

pub(crate) fn not_found(path: &str) -> Response {
    refuse(StatusCode::NOT_FOUND, 20404, &format!("The requested resource {path} was not found"))
}

/// What an ordered HTTP status looks like.
pub(crate) fn failure(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = if status.as_u16() == 401 { 20003 } else { 20_000 + u32::from(status.as_u16()) };
    refuse(status, code, status.canonical_reason().unwrap_or("Error"))
}

/// Some proxy's page.
pub(crate) fn page() -> Response {
    let html =
        "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>";
    let mut answer = json(StatusCode::OK, html.as_bytes().to_vec());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

pub(crate) fn account(world: &World) -> Response {
    let sid = &world.options.account_sid;
    let base = format!("/2010-04-01/Accounts/{sid}");
    let created = clock::rfc2822(world.started_at);
    let body = serde_json::json!({
        "auth_token": "[Redacted]",
        "date_created": created,
        "date_updated": created,
        "friendly_name": "Overture sandbox",
        "owner_account_sid": sid,
        "sid": sid,
        "status": "active",
        "subresource_uris": {"messages": format!("{base}/Messages.json")},
        "type": "Full",
        "uri": format!("{base}.json"),
    });
    spelled(StatusCode::OK, &body)
}

/// One page of the kept texts, newest first.
pub(crate) fn page_of(world: &Arc<World>, filter: &Filter) -> Response {
    let skipped = filter.page.saturating_mul(filter.page_size);
    let mut texts: Vec<(u64, Text)> = {
        let sms = locked(&world.sms);
        let wanted = |text: &Text| {
            filter.from.as_deref().is_none_or(|from| text.from.as_deref() == Some(from))
                && filter.sent_from.is_none_or(|from| text.at >= from)
                && filter.sent_until.is_none_or(|until| text.at < until)
        };
        let matching = sms.newest(filter.to.as_deref()).filter(|(_, text)| wanted(text));
        matching
            .skip(skipped)
            .take(filter.page_size + 1)
            .map(|(number, text)| (number, text.clone()))
            .collect()
    };
    let more = texts.len() > filter.page_size;
    texts.truncate(filter.page_size);
    let link = |page: usize| {
        let separator = if filter.query.is_empty() { "" } else { "&" };
        format!(
            "/2010-04-01/Accounts/{}/Messages.json?{}{separator}PageSize={}&Page={page}",
            world.options.account_sid, filter.query, filter.page_size
        )
    };
    let messages: Vec<_> = texts.iter().map(|(number, text)| Resource::new(world, *number, text)).collect();
    let body = serde_json::json!({
        "end": (skipped + messages.len()).saturating_sub(1),
        "first_page_uri": link(0),
        "messages": messages,
        "next_page_uri": more.then(|| link(filter.page + 1)),
        "page": filter.page,
        "page_size": filter.page_size,
        "previous_page_uri": filter.page.checked_sub(1).map(link),
        "start": skipped,
        "uri": link(filter.page),
    });
    spelled(StatusCode::OK, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_as_the_networks_count() {
        assert_eq!(segments(""), 1);
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"a".repeat(307)), 3);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"ж".repeat(70)), 1);
        assert_eq!(segments(&"ж".repeat(71)), 2);
        assert_eq!(segments(&"😀".repeat(36)), 2);
    }
}
