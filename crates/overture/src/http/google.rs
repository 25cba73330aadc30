//! The way to Google and back ([`super::round_trip`]) to sign in, to join, and to connect an account.

use super::input::{Asked, Input};
use super::{
    address::Address,
    auth::{Asker, last_place, sign_in},
    proof,
    round_trip::{Back, RoundTrip},
    second_factor::Again,
    second_step,
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
    http::{HeaderMap, header},
    response::Response,
};
use domain::ids::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{invitation, session::Session};

const PATH: &str = "/api/auth/google";
const TRIP: RoundTrip = RoundTrip { cookie: "overture_google", path: PATH, place: "cookies/google" };

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

fn query(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn provider(app: &App) -> Result<&Provider> {
    app.google.as_ref().ok_or_else(|| Error::not_found("way to sign in"))
}

fn back_to(app: &App) -> String {
    format!("{}{PATH}/callback", app.public_url())
}

async fn leave(app: &App, why: Why) -> Result<Response> {
    let (provider, attempt) = (provider(app)?, Attempt::draw());
    let url = provider.door(&attempt, &back_to(app)).await?;
    TRIP.leave(app, &url, attempt, why)
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

/// `GET /api/auth/google/callback`: always a page that leads on, never an error to read.
pub async fn callback(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Asked(back): Asked<Back>,
) -> Result<Response> {
    let asker = Asker::of(address, &headers);
    let arrived = match TRIP.arrive(&app, &headers, &back) {
        Err(why) => Err((refused(why), "/login?google=refused".to_owned())),
        Ok((attempt, why)) => arrive(&app, &asker, &attempt, &why, &back).await.map_err(|error| {
            let word = error.name.strip_prefix("google.").unwrap_or("failed");
            let target = why.back(if error.name == "invitation.invalid" { "ended" } else { word });
            (error, target)
        }),
    };
    let (target, signed_in) = arrived.unwrap_or_else(|(error, target)| {
        tracing::warn!(%error, "somebody did not get in with Google");
        (target, None)
    });
    let mut response = TRIP.end(&app, &target)?;
    let cookies = signed_in.iter().flat_map(|answer: &Response| answer.headers().get_all(header::SET_COOKIE));
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

async fn arrive(
    app: &Arc<App>,
    asker: &Asker,
    attempt: &Attempt,
    why: &Why,
    back: &Back,
) -> Result<(String, Option<Response>)> {
    if back.error.is_some() {
        return Err(Error::new(Kind::Forbidden, "google.cancelled", "Google was left without an answer"));
    }
    let code = back.code.as_deref().ok_or_else(|| refused("there is no code"))?;
    let person = provider(app)?.person(attempt, code, &back_to(app)).await?;
    match why {
        Why::Connect { user } => {
            google::connect(app, user, &person, asker.from()).await?;
            Ok((why.back("connected"), None))
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
