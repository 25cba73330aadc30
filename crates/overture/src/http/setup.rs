//! First-run setup.

use super::input::Input;
use super::{
    address::Address,
    auth::{Asker, sign_in},
};
use crate::{
    app::App,
    error::{Error, Result},
    people::{self, Founder},
};
use axum::{Extension, Json, extract::State, http::HeaderMap, response::Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::user;

/// `GET /api/setup`: whether the first admin is still to be created, and which ways in there are beside passwords.
pub async fn needed(State(app): State<Arc<App>>) -> Result<Json<Value>> {
    Ok(Json(
        json!({ "needed": user::count(&app.db).await? == 0, "google": app.google.is_some(), "passkeys": crate::passkeys::are_possible(&app) }),
    ))
}

/// What the setup page sends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    token: String,
    name: String,
    email: String,
    password: String,
    workspace: String,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    default_country: Option<String>,
}

/// `POST /api/setup`: the holder of the one-time link becomes the first admin.
pub async fn set_up(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Input(input): Input<SetUp>,
) -> Result<Response> {
    if user::count(&app.db).await? > 0 {
        return Err(Error::conflict("setup.done", "This installation has an admin already. Sign in"));
    }
    if !people::is_setup_token(&app, &input.token).await? {
        return Err(people::link_refused());
    }
    let founder = Founder {
        name: input.name,
        email: input.email,
        password: input.password,
        workspace: input.workspace,
        time_zone: input.time_zone.unwrap_or_else(|| "UTC".into()),
        default_country: input.default_country.unwrap_or_else(|| "US".into()),
    };
    people::check_founder(&founder)?;
    let (workspace, member) = people::found_by_link(&app, founder).await?;
    let asker = Asker::of(address, &headers);
    sign_in(&app, &asker, &workspace, &member).await
}
