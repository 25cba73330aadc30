//! Recordings as Slybroadcast fetches them and as players in the inbox do: without signing in, by an address that is
//! signed and ends, whole or in part.

use super::input::Asked;
use crate::{
    app::App,
    error::{Error, Kind, Result},
    recordings,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ids::RecordingId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Query of the address.
#[derive(Deserialize, JsonSchema)]
pub struct Query {
    /// Until when it is good, in milliseconds since the epoch.
    until: Option<String>,
    /// Over id and instant.
    signature: Option<String>,
}

/// `GET /media/vm/{id}.mp3`. What is wrong about an address is nobody's business: there is nothing at it.
pub async fn voicemail(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Result<Response> {
    let nothing = || Error::not_found("recording");
    let id: RecordingId = file.strip_suffix(".mp3").and_then(|id| id.parse().ok()).ok_or_else(nothing)?;
    let until: i64 = query.until.and_then(|until| until.parse().ok()).ok_or_else(nothing)?;
    if !recordings::is_open(&app, &id, until, query.signature.as_deref().unwrap_or_default()) {
        return Err(nothing());
    }
    let recording = store::recording::by_id(&app.db, &id).await?.ok_or_else(nothing)?;
    let bytes = app.media.get(&recording.workspace_id, &id).await?.ok_or_else(nothing)?;
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    Ok(part_of(bytes, asked))
}

/// The file, or the one part of it that was asked for. Several parts at once, and what is no range, give the whole: who
/// asks has to be ready for that (RFC 9110, 14.2).
fn part_of(bytes: Vec<u8>, asked: Option<&str>) -> Response {
    let length = bytes.len();
    let headers = [
        (header::CONTENT_TYPE, "audio/mpeg"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    match asked.map_or(Range::Whole, |asked| Range::read(asked, length)) {
        Range::Whole => (headers, bytes).into_response(),
        Range::Part { first, last } => {
            let part = bytes.get(first..=last).unwrap_or_default().to_vec();
            let range = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))];
            (StatusCode::PARTIAL_CONTENT, headers, range, part).into_response()
        }
        Range::Beyond => {
            let said = "The recording is shorter than that. Ask for less, or for all of it";
            let mut refused = Error::new(Kind::Invalid, "range.beyond", said).number(416).into_response();
            if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
                refused.headers_mut().insert(header::CONTENT_RANGE, range);
            }
            refused
        }
    }
}

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// Both included.
    Part {
        first: usize,
        last: usize,
    },
    Beyond,
}

impl Range {
    fn read(asked: &str, length: usize) -> Range {
        let Some((first, last)) = asked.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Range::Whole;
        };
        let number = |text: &str| -> Option<Option<usize>> {
            if text.is_empty() {
                return Some(None);
            }
            let is_number = text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| Some(text.parse().unwrap_or(usize::MAX)))
        };
        match (number(first.trim()), number(last.trim())) {
            (Some(None), Some(Some(0))) => Range::Beyond,
            (Some(None), Some(Some(tail))) if length > 0 => {
                Range::Part { first: length.saturating_sub(tail), last: length - 1 }
            }
            (Some(Some(first)), Some(last)) if last.is_none_or(|last| last >= first) => {
                if first >= length {
                    return Range::Beyond;
                }
                Range::Part { first, last: last.unwrap_or(usize::MAX).min(length - 1) }
            }
            _ => Range::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_all_their_forms() {
        let part = |first, last| Range::Part { first, last };
        for (asked, expected) in [
            ("bytes=0-", part(0, 99)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=90-1000", part(90, 99)),
            ("bytes=-5", part(95, 99)),
            ("bytes=-1000", part(0, 99)),
            ("bytes=99999999999999999999999-", Range::Beyond),
            ("bytes=100-", Range::Beyond),
            ("bytes=-0", Range::Beyond),
            ("bytes=9-5", Range::Whole),
            ("bytes=-", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("items=0-1", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("", Range::Whole),
        ] {
            assert_eq!(Range::read(asked, 100), expected, "{asked:?}");
        }
        assert_eq!(Range::read("bytes=0-", 0), Range::Beyond);
        assert_eq!(Range::read("bytes=-5", 0), Range::Whole);
    }
}
