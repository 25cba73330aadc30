//! The app at Google that a workspace asks for consent with: made once in the Google Cloud console, entered here.

use crate::{
    app::App,
    error::{Error, Result},
    outside,
    shape::{object, or_null, text, truth},
    tool::{Access, Ctx, Nothing, Tool},
};
use providers::gmail::oauth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Scope, workspace};

/// The tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "google_app_get",
            "GET /google-app",
            Access::Admin,
            "Read which app at Google asks for consent to use Gmail accounts, without its secret.",
            get,
        )
        .gives(shape),
        Tool::new(
            "google_app_set",
            "POST /google-app",
            Access::Admin,
            "Enter the app at Google that asks for consent to use Gmail accounts.",
            set,
        )
        .gives(shape),
    ]
}

/// The place that a workspace's app is sealed for.
pub fn place(workspace: &str) -> String {
    format!("workspaces/{workspace}/google_app")
}

/// Where Google sends people back to: it has to be entered there.
pub fn redirect(app: &App) -> String {
    format!("{}/api/gmail/callback", app.public_url())
}

#[derive(Serialize, Deserialize)]
struct Stored {
    client_id: String,
    client_secret: String,
    #[serde(default)]
    base_url: Option<String>,
}

async fn stored(app: &App, scope: &Scope) -> Result<Option<Stored>> {
    let Some(sealed) = workspace::google_app(&app.db, scope).await? else { return Ok(None) };
    let plain = app.keys.unseal(&place(scope.workspace.as_str()), &sealed)?;
    Ok(Some(serde_json::from_str(&plain)?))
}

/// The app to ask with as the workspace is now.
pub async fn in_use(app: &App, scope: &Scope) -> Result<oauth::App> {
    let mode = workspace::get(&app.db, scope).await?;
    let own = stored(app, scope).await?.map(|it| oauth::App {
        client_id: it.client_id,
        client_secret: it.client_secret,
        base_url: it.base_url,
    });
    app.outside.google_app(&mode, own).ok_or_else(|| {
        let message = "Enter the Google app first: Google asks people for consent in its name";
        Error::conflict("gmail.no_app", message)
    })
}

fn shape() -> Value {
    object([
        ("client_id", or_null(text())),
        ("base_url", or_null(text())),
        ("redirect_url", text()),
        ("needed", truth()),
    ])
}

fn view(app: &App, mode: &str, it: Option<&Stored>) -> Value {
    json!({
        "client_id": it.map(|it| &it.client_id), "base_url": it.and_then(|it| it.base_url.as_ref()),
        "redirect_url": redirect(app), "needed": mode == "live" && it.is_none(),
    })
}

async fn get(ctx: Ctx, _: Nothing) -> Result<Value> {
    let mode = workspace::get(&ctx.app.db, &ctx.scope).await?.send_mode;
    Ok(view(&ctx.app, &mode, stored(&ctx.app, &ctx.scope).await?.as_ref()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Set {
    /// Client ID of the app: ends in `.apps.googleusercontent.com`.
    client_id: String,
    /// Its secret. Left out, the stored one stays, if the client ID is the same.
    client_secret: Option<String>,
    /// Another address of Google, for a proxy or a test server.
    base_url: Option<String>,
}

fn field(name: &'static str, given: &str) -> Result<String> {
    let text = given.trim();
    if text.is_empty() || text.len() > 500 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "Copy it from the Google Cloud console, under Clients: it has no blanks";
        return Err(Error::field("google_app.invalid", name, message));
    }
    Ok(text.to_owned())
}

async fn set(ctx: Ctx, input: Set) -> Result<Value> {
    let client_id = field("client_id", &input.client_id)?;
    let before = stored(&ctx.app, &ctx.scope).await?;
    let client_secret = match (&input.client_secret, before) {
        (Some(given), _) if !given.trim().is_empty() => field("client_secret", given)?,
        (_, Some(before)) if before.client_id == client_id => before.client_secret,
        _ => return Err(Error::field("google_app.invalid", "client_secret", "This is needed")),
    };
    let base_url = input.base_url.filter(|url| !url.trim().is_empty());
    let it = oauth::App { client_id, client_secret, base_url };
    it.api().map_err(|fail| Error::field("google_app.invalid", "base_url", fail.message))?;
    let it = Stored { client_id: it.client_id, client_secret: it.client_secret, base_url: it.base_url };
    let sealed = ctx.app.keys.seal(&place(ctx.scope.workspace.as_str()), &serde_json::to_string(&it)?)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    workspace::set_google_app(&tx, &ctx.scope, Some(&sealed)).await?;
    renew(&ctx, &tx, &it).await?;
    ctx.app.commit(tx).await?;
    let mode = workspace::get(&ctx.app.db, &ctx.scope).await?.send_mode;
    Ok(view(&ctx.app, &mode, Some(&it)))
}

/// Accounts that were connected with the same app sign in with its new secret.
async fn renew(ctx: &Ctx, tx: &store::Tx, it: &Stored) -> Result<()> {
    for mut s in store::sender::list(&ctx.app.db, &ctx.scope).await? {
        if s.provider != "gmail" {
            continue;
        }
        let mut credentials = outside::stored(&ctx.app.keys, &s)?;
        let same = credentials["client_id"] == json!(it.client_id);
        if !same || credentials["client_secret"] == json!(it.client_secret) {
            continue;
        }
        credentials["client_secret"] = json!(it.client_secret);
        s.credentials = crate::senders::account::seal(&ctx.app, s.id.as_str(), &credentials)?;
        let key = crate::messages::Address::parse(s.channel, &s.address, "US")?.key;
        store::sender::save(tx, &ctx.scope, &s, &key, ctx.app.clock.now()).await?;
    }
    Ok(())
}
