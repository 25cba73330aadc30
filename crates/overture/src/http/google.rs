//! The way to Google and back. What has to come back with the browser lies in one sealed cookie, which is the only one
//! of ours that is sent when another site leads here: the session's cookies are not. So the answer to the way back is
//! a small page of ours, and what it leads to is asked for by ourselves again.

use super::input::{Asked, Input};
use super::{
    address::Address,
    auth::{Asker, last_place, sign_in},
    proof,
    second_factor::Again,
    second_step, session,
};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    google,
    keys::token_hash,
    openid::{Attempt, Person, Provider, refused},
    people, second_factor,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use domain::ids::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{invitation, session::Session};

const COOKIE: &str = "overture_google";
const PATH: &str = "/api/auth/google";
const PLACE: &str = "cookies/google";
/// How long the way there and back may take, in real milliseconds.
const WAIT_MS: i64 = 10 * 60_000;

/// Why somebody goes to Google.
#[derive(Serialize, Deserialize)]
enum Why {
    SignIn { next: String },
    Join { token: String },
    Connect { user: UserId },
}

impl Why {
    /// The page that they came from, with a word about what became of it.
    fn back(&self, word: &str) -> String {
        match self {
            Why::SignIn { next } => format!("/login?google={word}&{}", query("next", next)),
            Why::Join { token } => format!("/invite?google={word}#{token}"),
            Why::Connect { .. } => format!("/settings/security?google={word}"),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Pending {
    attempt: Attempt,
    why: Why,
    until: i64,
}

fn query(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn provider(app: &App) -> Result<&Provider> {
    app.google.as_ref().ok_or_else(|| Error::not_found("way to sign in"))
}

fn back_to(app: &App) -> String {
    format!("{}{PATH}/callback", app.public_url())
}

/// One that this browser has, or with nothing in it takes it away.
fn cookie_of(app: &App, sealed: &str) -> Result<HeaderValue> {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let age = if sealed.is_empty() { 0 } else { WAIT_MS / 1000 };
    // Lax: the way back begins at another site.
    let text = format!("{COOKIE}={sealed}; Path={PATH}; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).map_err(|error| Error::from(anyhow::Error::from(error)))
}

async fn leave(app: &App, why: Why) -> Result<Response> {
    let (provider, attempt) = (provider(app)?, Attempt::draw());
    let url = provider.door(&attempt, &back_to(app)).await?;
    let pending = Pending { attempt, why, until: app.real_ms() + WAIT_MS };
    let sealed = app.keys.seal(PLACE, &serde_json::to_string(&pending)?)?;
    let mut response = Json(json!({ "url": url })).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie_of(app, &sealed)?);
    Ok(response)
}

/// Where to afterwards.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    invitation: Option<String>,
}

/// `POST /api/auth/google`: where to send the browser to sign in, or to accept an invitation.
pub async fn begin(State(app): State<Arc<App>>, Input(input): Input<Begin>) -> Result<Response> {
    // Browsers leave control characters out and read a backslash as a slash: two of them lead elsewhere.
    let strange = |c: char| c.is_control() || c == '\\';
    let own = |next: &String| next.starts_with('/') && !next.starts_with("//") && !next.contains(strange);
    let why = match input.invitation {
        Some(token) => Why::Join { token },
        None => Why::SignIn { next: input.next.filter(own).unwrap_or_else(|| "/".into()) },
    };
    leave(&app, why).await
}

/// `POST /api/profile/google`: the same to connect an account with that of whoever is signed in.
pub async fn connect(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Response> {
    let user = proof::owner(&app, &session, address, ("password", input.password)).await?;
    leave(&app, Why::Connect { user: user.id }).await
}

/// `POST /api/profile/google/off`
pub async fn disconnect(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let user = proof::owner(&app, &session, address, ("password", input.password)).await?;
    let from = address.0.map(|address| address.to_string());
    google::disconnect(&app, &user, provider(&app)?.issuer(), from.as_deref()).await?;
    Ok(Json(json!({ "id": session.id })))
}

/// What Google sends back.
#[derive(Deserialize, JsonSchema)]
pub struct Back {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// `GET /api/auth/google/callback`: always a page that leads on, never an error to read.
pub async fn callback(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Asked(back): Asked<Back>,
) -> Result<Response> {
    let asker = Asker::of(address, &headers);
    let arrived = match pending(&app, &headers, &back) {
        Err(error) => Err((error, "/login?google=refused".to_owned())),
        Ok(pending) => arrive(&app, &asker, &pending, &back).await.map_err(|error| {
            let word = error.name.strip_prefix("google.").unwrap_or("failed");
            let target = pending.why.back(if error.name == "invitation.invalid" { "ended" } else { word });
            (error, target)
        }),
    };
    let (target, signed_in) = arrived.unwrap_or_else(|(error, target)| {
        tracing::warn!(%error, "somebody did not get in with Google");
        (target, None)
    });
    let mut response = page(&target).into_response();
    let into = response.headers_mut();
    into.append(header::SET_COOKIE, cookie_of(&app, "")?);
    into.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let cookies = signed_in.iter().flat_map(|answer: &Response| answer.headers().get_all(header::SET_COOKIE));
    for cookie in cookies {
        into.append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// What this browser left for, if it is this browser that left and its answer that comes back.
fn pending(app: &App, headers: &HeaderMap, back: &Back) -> Result<Pending> {
    let sealed = session::cookie(headers, COOKIE).filter(|sealed| !sealed.is_empty());
    let sealed = sealed.ok_or_else(|| refused("this browser did not leave, or too long ago"))?;
    let opened = app.keys.unseal(PLACE, sealed).map_err(|_| refused("the cookie is not ours"))?;
    let pending: Pending = serde_json::from_str(&opened)?;
    let state = back.state.as_deref().unwrap_or_default();
    let same: bool = subtle::ConstantTimeEq::ct_eq(state.as_bytes(), pending.attempt.state.as_bytes()).into();
    if !same || app.real_ms() >= pending.until {
        return Err(refused("the answer belongs to another question, or comes too late"));
    }
    Ok(pending)
}

async fn arrive(
    app: &Arc<App>,
    asker: &Asker,
    pending: &Pending,
    back: &Back,
) -> Result<(String, Option<Response>)> {
    if back.error.is_some() {
        return Err(Error::new(Kind::Forbidden, "google.cancelled", "Google was left without an answer"));
    }
    let code = back.code.as_deref().ok_or_else(|| refused("there is no code"))?;
    let person = provider(app)?.person(&pending.attempt, code, &back_to(app)).await?;
    match &pending.why {
        Why::Connect { user } => {
            google::connect(app, user, &person, asker.from()).await?;
            Ok((pending.why.back("connected"), None))
        }
        Why::SignIn { next } => {
            let user = google::owner(app, &person).await?;
            let place = last_place(app, &user).await.map_err(|error| match error.kind {
                Kind::Unauthenticated => Error::new(Kind::Forbidden, "google.unknown", error.message),
                _ => error,
            })?;
            if second_factor::is_on(app, &user).await? {
                let step = second_step::open(app, &user, None).await?;
                return Ok((format!("/login?{}#step={step}", query("next", next)), None));
            }
            let signed_in = sign_in(app, asker, &place.workspace_id, &place.member_id).await?;
            Ok((next.clone(), Some(signed_in)))
        }
        Why::Join { token } => join(app, asker, token, &person).await,
    }
}

async fn join(
    app: &Arc<App>,
    asker: &Asker,
    token: &str,
    person: &Person,
) -> Result<(String, Option<Response>)> {
    let found = invitation::by_token(&app.db, &token_hash(token), app.real_ms()).await?;
    let found = found.ok_or_else(people::invitation_refused)?;
    let guest = google::admit(app, &found, person).await?;
    if let Some(user) = &guest.account
        && second_factor::is_on(app, user).await?
    {
        let step = second_step::open(app, user, Some((token_hash(token), guest.handle))).await?;
        return Ok((format!("/login#step={step}"), None));
    }
    let member = google::join(app, &found, (guest, person), asker.from()).await?;
    let signed_in = sign_in(app, asker, &found.workspace_id, &member).await?;
    Ok(("/".into(), Some(signed_in)))
}

/// A small page that leads on: what it leads to is asked for by ourselves, with the session's cookies.
pub(super) fn page(target: &str) -> Html<String> {
    let target = domain::template::escape_html(target);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Overture</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"0; url={target}\"><p><a href=\"{target}\">Continue to Overture</a>"
    ))
}
