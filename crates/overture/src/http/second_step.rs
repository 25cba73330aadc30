//! The second step of signing in. Between the steps there is no session: a token stands for the first one, for five
//! minutes and five codes, and is told only to the browser that got the first step right.

use super::input::Input;
use super::{
    address::Address,
    auth::{Asker, last_place, sign_in},
};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::{token, token_hash},
    people,
    second_factor::{self, Shown},
};
use axum::{
    Extension, Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::ids::{MemberId, UserId, WorkspaceId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use store::{
    Scope, Sight, Tx,
    audit::Deed,
    invitation,
    second_step::{self, SecondStep},
};

/// How long the second step may take, in real milliseconds.
const WAIT_MS: i64 = 5 * 60_000;
/// How many codes one may try with one token.
const MOST: i64 = 5;

/// Answers a first step that was right: no session yet. `invited` names the invitation that is accepted with it, by
/// the hash of its token, and the handle that was chosen there.
pub async fn ask(app: &App, user: &UserId, invited: Option<(String, String)>) -> Result<Response> {
    let token = open(app, user, invited).await?;
    let mut kinds = vec!["totp", "recovery"];
    if !store::passkey::of_user(&app.db, user).await?.is_empty() {
        kinds.push("passkey");
    }
    Ok(Json(json!({ "second_factor": { "kinds": kinds, "token": token } })).into_response())
}

/// Begins to wait for a second step; the token that stands for the first one.
pub async fn open(app: &App, user: &UserId, invited: Option<(String, String)>) -> Result<String> {
    let (invitation_hash, handle) = invited.unzip();
    let step = SecondStep { user_id: user.clone(), invitation_hash, handle, tries: 0 };
    let token = token();
    let tx = app.db.begin().await?;
    second_step::open(&tx, &token_hash(&token), &step, app.real_ms() + WAIT_MS).await?;
    app.commit(tx).await?;
    Ok(token)
}

/// What the page sends at the second step.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Take {
    token: String,
    code: String,
}

fn over() -> Error {
    let message = "This took too long, or too many codes were wrong. Sign in again";
    Error::new(Kind::Unauthenticated, "second_factor.over", message).number(1002)
}

/// `POST /api/auth/second-factor`: a code of the app or a recovery code, then the session.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Input(input): Input<Take>,
) -> Result<Response> {
    let (asker, hash, shown) =
        (Asker::of(address, &headers), token_hash(&input.token), Shown::of(&input.code));
    let step = second_step::get(&app.db, &hash, app.real_ms()).await?.ok_or_else(over)?;
    let user = &step.user_id;
    // Recovery codes are too long to be guessed: who guesses at the app's cannot keep the owner from using one.
    if let Shown::App(_) = shown {
        app.sign_ins.code(user.as_str())?;
    }
    let tx = app.db.begin().await?;
    let counts = second_step::count(&tx, &hash, MOST, app.real_ms()).await?;
    app.commit(tx).await?;
    if !counts {
        return Err(over());
    }
    let tx = app.db.begin().await?;
    if !second_factor::use_up(&app, &tx, user, &shown).await? {
        return Err(if step.tries + 1 >= MOST { over() } else { wrong(&shown) });
    }
    if !second_step::end(&tx, &hash, app.real_ms()).await? {
        return Err(over());
    }
    let (workspace, member) = arrive(&app, &tx, &step, &asker).await?;
    if let Shown::Recovery(_) = shown {
        let scope = Scope::member(workspace.clone(), member.clone(), Sight::Own);
        let deed = Deed {
            action: "second_factor_recovery",
            subject: user.as_str(),
            address: asker.from(),
            data: &json!({}),
        };
        store::audit::write(&tx, &scope, deed, app.clock.now()).await?;
    }
    app.commit(tx).await?;
    if let Shown::App(_) = shown {
        app.sign_ins.code_succeeded(user.as_str());
    }
    sign_in(&app, &asker, &workspace, &member).await
}

/// The second step with a passkey: whose it is must be who got the first one right.
pub async fn take_as(
    app: &App,
    tx: &Tx,
    token: &str,
    user: &UserId,
    asker: &Asker,
) -> Result<(WorkspaceId, MemberId)> {
    let hash = token_hash(token);
    let step = second_step::get(&app.db, &hash, app.real_ms()).await?;
    let step = step.filter(|step| step.user_id == *user).ok_or_else(over)?;
    if !second_step::end(tx, &hash, app.real_ms()).await? {
        return Err(over());
    }
    arrive(app, tx, &step, asker).await
}

fn wrong(shown: &Shown) -> Error {
    let message = match shown {
        Shown::App(_) => "This code is not right, or was used already. Type the one that your app shows now",
        Shown::Recovery(_) => "This is not one of your recovery codes, or it was used already",
    };
    Error::field("second_factor.wrong", "code", message).number(1002)
}

/// Where they arrive: in the workspace of the invitation, else where they were last.
async fn arrive(app: &App, tx: &Tx, step: &SecondStep, asker: &Asker) -> Result<(WorkspaceId, MemberId)> {
    let Some(hash) = &step.invitation_hash else {
        let place = last_place(app, &step.user_id).await?;
        return Ok((place.workspace_id, place.member_id));
    };
    let found = invitation::by_token(&app.db, hash, app.real_ms()).await?;
    let found = found.ok_or_else(people::invitation_refused)?;
    let who = (&step.user_id, step.handle.as_deref().unwrap_or_default());
    let member = people::enter(app, tx, &found, who, asker.from()).await?;
    Ok((found.workspace_id, member))
}
