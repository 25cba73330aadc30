//! Recordings as Slybroadcast fetches them and as players in the inbox do: without signing in, by an address that is
//! signed and ends, whole or in part.

use super::input;
use crate::{
    app::App,
    error::{Error, Kind, Result},
    media::{Asked, Found, Part, Reading},
    recordings,
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ids::RecordingId;
use futures::TryStreamExt;
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
    input::Asked(query): input::Asked<Query>,
    headers: HeaderMap,
) -> Result<Response> {
    let nothing = || Error::not_found("recording");
    let id: RecordingId = file.strip_suffix(".mp3").and_then(|id| id.parse().ok()).ok_or_else(nothing)?;
    let until: i64 = query.until.and_then(|until| until.parse().ok()).ok_or_else(nothing)?;
    if !recordings::is_open(&app, &id, until, query.signature.as_deref().unwrap_or_default()) {
        return Err(nothing());
    }
    let recording = store::recording::by_id(&app.db, &id).await?.ok_or_else(nothing)?;
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let asked = asked.map_or(Asked::Whole, Asked::read);
    match app.media.read(&recording.workspace_id, &id, asked).await {
        Ok(Found::Here(reading)) => Ok(given(reading)),
        Ok(Found::Beyond(length)) => Ok(beyond(length)),
        Ok(Found::Nothing) => Err(nothing()),
        Err(source) => {
            let said = "The recording cannot be read just now. Try again shortly";
            Err(Error::new(Kind::Unavailable, "media.unavailable", said).retry_after(10).because(source))
        }
    }
}

/// The bytes as they come: a file of any length takes no memory here.
fn given(reading: Reading) -> Response {
    let Reading { length, part, bytes } = reading;
    let headers = [
        (header::CONTENT_TYPE, "audio/mpeg"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    let body = Body::from_stream(bytes.inspect_err(|error| tracing::error!(%error, "a recording broke off")));
    match part {
        Part::Some { first, last } => {
            let part = [
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}")),
                (header::CONTENT_LENGTH, (last - first + 1).to_string()),
            ];
            (StatusCode::PARTIAL_CONTENT, headers, part, body).into_response()
        }
        Part::Whole | Part::Beyond => {
            (headers, [(header::CONTENT_LENGTH, length.to_string())], body).into_response()
        }
    }
}

fn beyond(length: u64) -> Response {
    let said = "The recording is shorter than that. Ask for less, or for all of it";
    let mut refused = Error::new(Kind::Invalid, "range.beyond", said).number(416).into_response();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
        refused.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    refused
}
