//! A browser's trip to another site and back, as to a page of consent. What has to come back with it lies in one sealed
//! cookie, which is the only one of ours that is sent when another site leads here: the session's cookies are not. So
//! the answer to the way back is a small page of ours, and what it leads to is asked for by ourselves again. What the
//! trip is for, and whether its answer is good, is the business of [`super::google`] and [`super::gmail`].

use super::session;
use crate::{app::App, error::Result, openid::Attempt};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

/// How long the way there and back may take, in real milliseconds.
const WAIT_MS: i64 = 10 * 60_000;

/// One kind of trip.
pub(super) struct RoundTrip {
    /// Name of its cookie.
    pub cookie: &'static str,
    /// The path that the cookie is sent to, under which the other site leads back.
    pub path: &'static str,
    /// What the cookie is sealed to, so that one of another kind does not open.
    pub place: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Luggage<E> {
    attempt: Attempt,
    errand: E,
    until: i64,
}

/// What the other site sends back.
#[derive(Deserialize, JsonSchema)]
pub struct Back {
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) error: Option<String>,
}

/// Why somebody who comes back is not let in, for the log.
pub(super) type Stranger = &'static str;

impl RoundTrip {
    /// Tells the page where to send the browser, and packs the errand into its cookie.
    pub(super) fn leave<E: Serialize>(
        &self,
        app: &App,
        url: &str,
        attempt: Attempt,
        errand: E,
    ) -> Result<Response> {
        let luggage = Luggage { attempt, errand, until: app.real_ms() + WAIT_MS };
        let sealed = app.keys.seal(self.place, &serde_json::to_string(&luggage)?)?;
        let mut response = Json(json!({ "url": url })).into_response();
        response.headers_mut().append(header::SET_COOKIE, self.cookie(app, &sealed)?);
        Ok(response)
    }

    /// What this browser left for, if it is this browser that left and its answer that comes back.
    pub(super) fn arrive<E: DeserializeOwned>(
        &self,
        app: &App,
        headers: &HeaderMap,
        back: &Back,
    ) -> Result<(Attempt, E), Stranger> {
        let sealed = session::cookie(headers, self.cookie).filter(|sealed| !sealed.is_empty());
        let sealed = sealed.ok_or("this browser did not leave, or too long ago")?;
        let opened = app.keys.unseal(self.place, sealed).map_err(|_| "the cookie is not ours")?;
        let luggage: Luggage<E> =
            serde_json::from_str(&opened).map_err(|_| "the cookie is of another version")?;
        let state = back.state.as_deref().unwrap_or_default();
        let same: bool =
            subtle::ConstantTimeEq::ct_eq(state.as_bytes(), luggage.attempt.state.as_bytes()).into();
        if !same || app.real_ms() >= luggage.until {
            return Err("the answer belongs to another question, or comes too late");
        }
        Ok((luggage.attempt, luggage.errand))
    }

    /// The page that leads on within Overture, without the cookie.
    pub(super) fn end(&self, app: &App, target: &str) -> Result<Response> {
        let mut response = page(target).into_response();
        let into = response.headers_mut();
        into.append(header::SET_COOKIE, self.cookie(app, "")?);
        into.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// The cookie, or with nothing in it what takes it away.
    fn cookie(&self, app: &App, sealed: &str) -> Result<HeaderValue> {
        let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
        let age = if sealed.is_empty() { 0 } else { WAIT_MS / 1000 };
        let Self { cookie, path, .. } = self;
        // Lax: the way back begins at another site.
        let text = format!("{cookie}={sealed}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
        Ok(HeaderValue::from_str(&text).map_err(anyhow::Error::from)?)
    }
}

fn page(target: &str) -> Html<String> {
    let target = domain::template::escape_html(target);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Overture</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"0; url={target}\"><p><a href=\"{target}\">Continue to Overture</a>"
    ))
}
