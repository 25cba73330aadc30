//! `Idempotency-Key` on POST: the same request again gets the answer of the first, and does nothing.
//!
//! That a request is being made is written down before it is, and its answer afterwards. If the server dies in between,
//! nobody knows what became of it: then the key stays taken, and the caller is told to look. What was refused for its
//! form did nothing and is forgotten, so that it can be mended and sent again with the same key. Answers are kept for a
//! day, encrypted, since some of them show a secret.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys,
    tool::Ctx,
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use store::idempotency::{self as requests, Earlier, Request as Asked};

/// For so long an answer is kept, in real milliseconds.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// The longest key.
const LONGEST: usize = 255;
/// No request takes longer: one that has no answer after this time never gets one, in real milliseconds.
const LOST_MS: i64 = 11 * 60_000;
/// Largest answer that is kept.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Lets a request through once.
pub async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response> {
    let Some(key) = key_of(&request)? else { return Ok(next.run(request).await) };
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else { return Ok(next.run(request).await) };
    let caller = match &ctx.key {
        Some(key) => key.id.to_string(),
        None => ctx.scope.member.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, super::JSON_LIMIT).await.map_err(|_| too_large())?;
    let fingerprint = keys::token_hash(&format!("{} {} {}", parts.method, parts.uri, keys::digest(&body)));
    let asked = Asked { caller: &caller, key: &key, fingerprint: &fingerprint };
    if let Some(earlier) = requests::begin(&app.db, &ctx.scope, asked, app.real_ms()).await? {
        return again(&app, &place(&ctx, &caller, &key), &fingerprint, earlier);
    }
    // Whoever hangs up does not stop it half-way.
    let made = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        let asked = Asked { caller: &caller, key: &key, fingerprint: &fingerprint };
        keep(&app, &ctx, asked, response).await
    });
    made.await.map_err(anyhow::Error::from)?
}

fn key_of(request: &Request) -> Result<Option<String>> {
    let Some(value) = request.headers().get("idempotency-key").filter(|_| request.method() == Method::POST)
    else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    if text.is_empty() || text.len() > LONGEST {
        let message = format!("An Idempotency-Key has 1 to {LONGEST} visible ASCII characters");
        return Err(Error::new(Kind::Invalid, "idempotency.key_invalid", message).number(400));
    }
    Ok(Some(text.to_owned()))
}

fn too_large() -> Error {
    Error::new(Kind::Invalid, "body.too_large", "The body is too large").number(413)
}

/// Where an answer is kept; it decrypts nowhere else.
fn place(ctx: &Ctx, caller: &str, key: &str) -> String {
    format!("idempotency_keys/{}/{caller}/{key}", ctx.scope.workspace)
}

fn again(app: &App, place: &str, fingerprint: &str, earlier: Earlier) -> Result<Response> {
    if earlier.fingerprint != fingerprint {
        let message = "This Idempotency-Key was used for another request. Draw a new one";
        return Err(Error::new(Kind::Invalid, "idempotency.reused", message).number(4003));
    }
    let (Some(status), Some(answer)) = (earlier.status, earlier.answer) else {
        let message = if app.real_ms() - earlier.created_at.0 < LOST_MS {
            "The same request is being worked on. Ask again in a moment"
        } else {
            "The server stopped while it worked on this request, and what became of it is not known. Look before you ask again with a new key"
        };
        return Err(Error::conflict("idempotency.unanswered", message));
    };
    let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let status = status.ok_or_else(|| anyhow::anyhow!("an answer was kept with an unknown status"))?;
    let body = app.keys.unseal(place, &answer)?;
    // An error is told with the id of the request that it answers now.
    let told = status.is_client_error().then(|| serde_json::from_str(&body)).transpose()?;
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(told) = told {
        response.extensions_mut().insert(crate::error::Body(told));
    }
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

/// Writes the answer down, unless the request was refused before it did anything.
async fn keep(app: &App, ctx: &Ctx, asked: Asked<'_>, response: Response) -> Result<Response> {
    let did_nothing =
        matches!(response.status().as_u16(), 400 | 401 | 403 | 405 | 413 | 415 | 422 | 429 | 503);
    if did_nothing {
        requests::withdraw(&app.db, &ctx.scope, asked).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body: Bytes = axum::body::to_bytes(body, MAX_ANSWER).await.map_err(anyhow::Error::from)?;
    let place = place(ctx, asked.caller, asked.key);
    let sealed = app.keys.seal(&place, &String::from_utf8_lossy(&body))?;
    requests::answered(&app.db, &ctx.scope, asked, i64::from(parts.status.as_u16()), &sealed).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
