//! Sign-in and sign-out, the renewal of a session, and whatever else sets cookies.

use super::input::Input;
use super::{
    address::{self, Address},
    callers::{Caller, Known},
    proof, second_step,
    session::{self, ACCESS_MS, COOKIE, REFRESH_COOKIE, REFRESH_MS},
    throttle::Attempt,
};
use crate::{
    api_keys::Key,
    app::App,
    error::{Error, Kind, Result},
    keys::{token, token_hash},
    passwords, people, second_factor,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::ids::{MemberId, SessionId, UserId, WorkspaceId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope, Sight, Tx,
    api_key::Grant,
    audit::Deed,
    invitation, member,
    session::{self as sessions, Origin, Refreshed, Session, Tokens},
    user, workspace,
};

/// Two tabs that wake up together show the same refresh token, in real milliseconds one after the other.
const GRACE_MS: i64 = 10_000;

/// Who asks, as far as a browser says.
pub struct Asker {
    address: Address,
    origin: Origin,
}

impl Asker {
    /// From what came with the request.
    pub fn of(address: Address, headers: &HeaderMap) -> Self {
        let origin = Origin {
            agent: address::browser(headers),
            address: address.0.map(|address| address.to_string()),
        };
        Self { address, origin }
    }

    /// From where, if that is known.
    pub fn from(&self) -> Option<&str> {
        self.origin.address.as_deref()
    }
}

/// The secrets of a session, which only its browser ever has.
struct Secrets {
    access: String,
    refresh: String,
}

impl Secrets {
    fn draw() -> Self {
        Self { access: token(), refresh: token() }
    }

    fn hashes(&self) -> (String, String) {
        (token_hash(&self.access), token_hash(&self.refresh))
    }
}

fn tokens((access, refresh): &(String, String), now: i64) -> Tokens<'_> {
    Tokens { access, access_until: now + ACCESS_MS, refresh, refresh_until: now + REFRESH_MS }
}

/// What the sign-in page sends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    username: Option<String>,
    password: String,
}

/// `POST /api/auth/login` (H01). Unknown names cost the same time as wrong passwords.
pub async fn log_in(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Input(input): Input<LogIn>,
) -> Result<Response> {
    let asker = Asker::of(address, &headers);
    let name = input.email.or(input.username).unwrap_or_default().trim().to_lowercase();
    let found = user::for_sign_in(&app.db, &name).await?;
    let attempt = attempt(&app, &asker, &name, found.as_ref()).await?;
    let hash = found.as_ref().and_then(|user| user.password_hash.clone());
    let fits = passwords::verify(hash.clone(), input.password.clone()).await?;
    let Some(user) = found.filter(|_| fits) else { return Err(wrong()) };
    app.sign_ins.succeeded(attempt);
    if hash.is_some_and(|hash| passwords::is_outdated(&hash)) {
        let hash = passwords::hash(input.password).await?;
        let tx = app.db.begin().await?;
        user::set_password(&tx, &user.id, &hash).await?;
        app.commit(tx).await?;
    }
    let place = last_place(&app, &user.id).await?;
    if second_factor::is_on(&app, &user.id).await? {
        return second_step::ask(&app, &user.id, None).await;
    }
    sign_in(&app, &asker, &place.workspace_id, &place.member_id).await
}

/// Commits what changes who may come in: nobody is taken for who they were.
async fn commit(app: &App, tx: Tx) -> Result<()> {
    app.commit(tx).await?;
    app.callers.forget();
    Ok(())
}

/// Where somebody was last. Who may enter no workspace is told nothing else than a stranger.
pub async fn last_place(app: &App, user: &UserId) -> Result<member::Membership> {
    let places = member::memberships(&app.db, user).await?;
    places.into_iter().rev().max_by_key(|place| place.seen_at).ok_or_else(wrong)
}

fn wrong() -> Error {
    let message = "E-mail and password do not match";
    Error::new(Kind::Unauthenticated, "credentials.wrong", message).number(1002)
}

async fn attempt(app: &App, asker: &Asker, name: &str, user: Option<&user::User>) -> Result<Attempt> {
    let address = asker.address.text();
    let known = match user {
        Some(user) => sessions::has_come_from(&app.db, &user.id, &address).await?,
        None => false,
    };
    // By whichever name: the handle leads to the same account.
    let account = user.map_or(name, |user| user.id.as_str());
    app.sign_ins.attempt(&address, account, known)
}

/// Begins a session and answers with it.
pub async fn sign_in(
    app: &Arc<App>,
    asker: &Asker,
    workspace: &WorkspaceId,
    member: &MemberId,
) -> Result<Response> {
    let scope = member::scope_of(&app.db, workspace, member).await?;
    let user = member::get(&app.db, &scope, member).await?.user_id;
    let (secrets, id, now) = (Secrets::draw(), store::new_id(SessionId::from_uuid), app.real_ms());
    let hashes = secrets.hashes();
    let tx = app.db.begin().await?;
    sessions::open(&tx, &id, (&user, member, workspace), &tokens(&hashes, now), &asker.origin, now).await?;
    commit(app, tx).await?;
    let session = sessions::by_access(&app.db, &hashes.0).await?.ok_or_else(session::missing)?;
    with_cookies(app, Some(&secrets), me_of(app, &session).await?)
}

/// An answer that gives the browser its session, or with no secrets takes it away.
fn with_cookies(app: &App, secrets: Option<&Secrets>, body: Value) -> Result<Response> {
    let mut response = Json(body).into_response();
    let (access, refresh) = secrets.map_or(("", ""), |s| (s.access.as_str(), s.refresh.as_str()));
    for cookie in [
        session::cookie_of(app, COOKIE, access, "/"),
        session::cookie_of(app, REFRESH_COOKIE, refresh, "/api/auth"),
    ] {
        let cookie = HeaderValue::from_str(&cookie).map_err(|e| Error::from(anyhow::Error::from(e)))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /api/auth/refresh`: new tokens for the refresh token. Needs no CSRF token: whoever could make a browser
/// do this would only keep it signed in.
pub async fn refresh(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
) -> Result<Response> {
    let given = session::cookie(&headers, REFRESH_COOKIE).filter(|token| token.len() <= 128);
    let given = given.ok_or_else(session::missing)?;
    let (secrets, now, asker) = (Secrets::draw(), app.real_ms(), Asker::of(address, &headers));
    let hashes = secrets.hashes();
    let tx = app.db.begin().await?;
    let refreshed =
        sessions::refresh(&tx, &token_hash(given), &tokens(&hashes, now), &asker.origin, now, GRACE_MS)
            .await?;
    commit(&app, tx).await?;
    match refreshed {
        Refreshed::Renewed(session) => with_cookies(&app, Some(&secrets), me_of(&app, &session).await?),
        Refreshed::JustNow(session) => Ok(Json(me_of(&app, &session).await?).into_response()),
        Refreshed::Stolen(id) => {
            tracing::warn!(session = %id, "a refresh token was used twice; its session is ended");
            app.hub.disconnect_session(id.as_str());
            Err(session::expired())
        }
        Refreshed::Unknown => Err(session::expired()),
    }
}

/// `POST /api/auth/logout`
pub async fn log_out(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
) -> Result<Response> {
    let tx = app.db.begin().await?;
    sessions::end(&tx, &session.session_id, app.real_ms()).await?;
    commit(&app, tx).await?;
    app.hub.disconnect_session(session.session_id.as_str());
    with_cookies(&app, None, json!({ "success": true }))
}

/// `POST /api/auth/logout-everywhere`: every browser of this person, in every workspace.
pub async fn log_out_everywhere(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
) -> Result<Response> {
    end_all(&app, &session, None).await?;
    with_cookies(&app, None, json!({ "success": true }))
}

async fn end_all(app: &App, session: &Session, except: Option<&SessionId>) -> Result<()> {
    let tx = app.db.begin().await?;
    sessions::end_all_of(&tx, &session.user_id, except, app.real_ms()).await?;
    commit(app, tx).await?;
    session::cut_those_that_ended(app).await
}

/// What the switcher sends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    workspace_id: WorkspaceId,
}

/// `POST /api/auth/switch`: the same browser, in another workspace of the same person.
pub async fn switch(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Input(input): Input<Switch>,
) -> Result<Json<Value>> {
    let places = member::memberships(&app.db, &session.user_id).await?;
    let place = places.into_iter().find(|place| place.workspace_id == input.workspace_id);
    let place = place.ok_or_else(|| Error::not_found("workspace"))?;
    let tx = app.db.begin().await?;
    sessions::move_to(&tx, &session.session_id, &place.member_id, &place.workspace_id).await?;
    commit(&app, tx).await?;
    app.hub.disconnect_session(session.session_id.as_str());
    let scope = member::scope_of(&app.db, &place.workspace_id, &place.member_id).await?;
    let handle = member::get(&app.db, &scope, &place.member_id).await?.handle;
    let session = Session {
        id: place.member_id,
        workspace_id: place.workspace_id,
        role: place.role,
        visibility: workspace::get(&app.db, &scope).await?.visibility,
        handle,
        ..session
    };
    Ok(Json(me_of(&app, &session).await?))
}

/// What the change of a password takes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[serde(default)]
    current: String,
    password: String,
}

/// `POST /api/profile/password`: all other browsers of this person are signed out.
pub async fn change_password(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<NewPassword>,
) -> Result<Json<Value>> {
    let user = proof::owner(&app, &session, address, ("current", input.current)).await?;
    passwords::check(&input.password, &[&user.email, &user.name])?;
    let hash = passwords::hash(input.password).await?;
    let scope = session.scope();
    let tx = app.db.begin().await?;
    user::set_password(&tx, &user.id, &hash).await?;
    store::second_step::end_all_of(&tx, &user.id).await?;
    sessions::end_all_of(&tx, &user.id, Some(&session.session_id), app.real_ms()).await?;
    let address = address.0.map(|address| address.to_string());
    let deed = Deed {
        action: "password_change",
        subject: user.id.as_str(),
        address: address.as_deref(),
        data: &json!({}),
    };
    store::audit::write(&tx, &scope, deed, app.clock.now()).await?;
    commit(&app, tx).await?;
    session::cut_those_that_ended(&app).await?;
    Ok(Json(json!({ "id": session.id })))
}

/// The token of an invitation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    token: String,
}

/// `POST /api/auth/invitation`: what an invitation says, to whoever has its link.
pub async fn invitation(State(app): State<Arc<App>>, Input(input): Input<Invited>) -> Result<Json<Value>> {
    let found = invitation::by_token(&app.db, &token_hash(&input.token), app.real_ms()).await?;
    let found = found.ok_or_else(people::invitation_refused)?;
    let has_account = match &found.email {
        Some(email) => user::by_email(&app.db, &people::address(email)?.key).await?.is_some(),
        None => false,
    };
    Ok(Json(json!({
        "workspace": found.workspace, "invited_by": found.invited_by, "role": found.role, "email": found.email,
        "has_account": has_account,
    })))
}

/// What the page of an invitation sends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    token: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    handle: Option<String>,
    password: String,
}

/// `POST /api/auth/invitation/accept`: in, and signed in.
pub async fn accept(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Input(input): Input<Accept>,
) -> Result<Response> {
    let asker = Asker::of(address, &headers);
    let found = invitation::by_token(&app.db, &token_hash(&input.token), app.real_ms()).await?;
    let found = found.ok_or_else(people::invitation_refused)?;
    let mut counted = None;
    if let Some(email) = found.email.as_ref().or(input.email.as_ref()) {
        let name = people::address(email)?.key;
        // The password of an account that is there can be guessed here too.
        if let Some(user) = user::by_email(&app.db, &name).await? {
            counted = Some(attempt(&app, &asker, &name, Some(&user)).await?);
        }
    }
    let guest = people::Guest {
        email: input.email,
        name: input.name,
        handle: input.handle,
        password: input.password,
    };
    let admitted = people::admit(&app, &found, guest).await?;
    if let Some(attempt) = counted {
        app.sign_ins.succeeded(attempt);
    }
    if let Some(user) = &admitted.account
        && second_factor::is_on(&app, user).await?
    {
        // Said now, before a code is used up.
        if member::has_handle(&app.db, &Scope::system(found.workspace_id), &admitted.handle).await? {
            return Err(people::handle_taken());
        }
        let invited = (token_hash(&input.token), admitted.handle);
        return second_step::ask(&app, user, Some(invited)).await;
    }
    let member = people::accept(&app, &found, admitted, asker.from()).await?;
    sign_in(&app, &asker, &found.workspace_id, &member).await
}

/// `GET /api/auth/me`
pub async fn me(State(app): State<Arc<App>>, Extension(known): Extension<Arc<Known>>) -> Result<Json<Value>> {
    let mut told = match known.me.get() {
        Some(told) => told.clone(),
        None => {
            let told = match &known.caller {
                Caller::Person(session) => me_of(&app, session).await?,
                Caller::Program { grant, key } => me_of_program(&app, grant, key).await?,
            };
            known.me.get_or_init(|| told).clone()
        }
    };
    told["now"] = domain::time::rfc3339(app.clock.now()).into();
    Ok(Json(told))
}

/// The member whose program it is, and what the key allows.
async fn me_of_program(app: &App, grant: &Grant, key: &Key) -> Result<Value> {
    let scope = grant.scope();
    let member = member::get(&app.db, &scope, &grant.member_id).await?;
    Ok(json!({
        "member": {
            "id": member.id, "name": member.name, "email": member.email, "handle": member.handle, "role": member.role,
            "sees_all": scope.sight() == Sight::Workspace,
        },
        "workspace": shown(&workspace::get(&app.db, &scope).await?),
        "key": {
            "id": key.id, "name": key.name, "scopes": key.scopes.split(' ').collect::<Vec<_>>(), "expires_at": grant.expires_at,
        },
        "demo": app.demo,
        "speed": app.clock.speed(),
    }))
}

fn shown(workspace: &workspace::Workspace) -> Value {
    json!({
        "id": workspace.id, "name": workspace.name, "time_zone": workspace.time_zone, "default_country": workspace.default_country,
        "send_mode": workspace.send_mode, "sending_stopped": workspace.stopped_at.is_some(),
        "sending_restored": workspace.restored_at.is_some(),
    })
}

async fn me_of(app: &App, session: &Session) -> Result<Value> {
    let scope = session.scope();
    let workspace = workspace::get(&app.db, &scope).await?;
    let places = member::memberships(&app.db, &session.user_id).await?;
    let place = |place: member::Membership| {
        let current = place.workspace_id == session.workspace_id;
        json!({ "id": place.workspace_id, "name": place.name, "role": place.role, "current": current })
    };
    Ok(json!({
        "member": { "id": session.id, "name": session.name, "email": session.email, "handle": session.handle, "role": session.role,
            "sees_all": scope.sight() == Sight::Workspace,
        },
        "workspace": shown(&workspace),
        "workspaces": places.into_iter().map(place).collect::<Vec<_>>(),
        "session": { "id": session.session_id },
        "demo": app.demo,
        "speed": app.clock.speed(),
        "now": domain::time::rfc3339(app.clock.now()),
    }))
}
