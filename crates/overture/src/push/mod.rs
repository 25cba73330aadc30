//! Web Push: browsers in which members want to hear of what happens while no page is open (RFC 8030). What is said is
//! encrypted for the browser alone, and signed as this installation's ([`sealing`]); [`crate::loops::notices`] says it.

pub mod sealing;

use crate::{
    app::App,
    error::{Error, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use domain::ids::{PushId, SessionId};
use schemars::JsonSchema;
use sealing::{Browser, Signer};
use serde::{Deserialize, Serialize};
use store::push;

/// The longest key that a browser gives, in characters.
const LONGEST_KEY: usize = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("push_get", "GET /push", Access::Read, "In how many of your browsers push is on.", get),
        Tool::new(
            "push_subscribe",
            "POST /push",
            Access::Write,
            "Hear of what happens in this browser, while no page is open.",
            subscribe,
        )
        .refuses(&[403]),
        Tool::new(
            "push_unsubscribe",
            "DELETE /push",
            Access::Write,
            "Hear nothing more in this browser.",
            leave,
        )
        .refuses(&[403]),
    ]
}

/// Where push is on.
#[derive(Serialize, JsonSchema)]
struct Standing {
    /// What a browser asks its push service with, base64url.
    public_key: String,
    /// In how many of your browsers it is on.
    browsers: i64,
    /// Whether this browser is one of them.
    here: bool,
}

async fn get(ctx: Ctx, _: Nothing) -> Result<Standing> {
    let public_key = signer(&ctx.app).await?.public_key;
    let (browsers, here) = push::heard_in(&ctx.app.db, &ctx.scope, ctx.session.as_ref()).await?;
    Ok(Standing { public_key, browsers, here })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    /// Where the browser's push service takes what is for it.
    endpoint: String,
    /// The browser's public key, base64url.
    p256dh: String,
    /// The browser's secret, base64url.
    auth: String,
}

/// Push is heard in a browser: there must be one.
fn session(ctx: &Ctx) -> Result<SessionId> {
    ctx.session.clone().ok_or_else(|| {
        Error::new(Kind::Forbidden, "push.browser_needed", "Only a signed-in browser can be heard in")
    })
}

async fn subscribe(ctx: Ctx, input: Subscribe) -> Result<Standing> {
    let session = session(&ctx)?;
    let member = ctx.person()?.clone();
    if input.p256dh.len() > LONGEST_KEY || input.auth.len() > LONGEST_KEY {
        return Err(Error::field("push.key_invalid", "p256dh", "These are not the keys of a browser"));
    }
    let url = ctx
        .app
        .egress
        .check(&input.endpoint)
        .map_err(|refused| Error::field("push.endpoint_invalid", "endpoint", refused.0))?;
    // Push services speak TLS; an address without a name is one of ours that the configuration allows.
    if url.scheme() != "https" && url.domain().is_some() {
        return Err(Error::field("push.endpoint_invalid", "endpoint", "A push service begins with https://"));
    }
    let browser = Browser { endpoint: input.endpoint, p256dh: input.p256dh, auth: input.auth };
    browser
        .check()
        .map_err(|_| Error::field("push.key_invalid", "p256dh", "These are not the keys of a browser"))?;
    let id = store::new_id(PushId::from_uuid);
    let secret = ctx.app.keys.seal(&place(id.as_str()), &serde_json::to_string(&browser)?)?;
    let print = ctx.app.keys.print("push", &browser.endpoint);
    let new = push::New { id: &id, session: &session, print: &print, secret: &secret };
    // Across workspaces: who was heard in this browser before may have been somebody else, elsewhere.
    let tx = ctx.app.db.begin().await?;
    push::subscribe(&tx, &ctx.scope, &member, &new, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    get(ctx, Nothing {}).await
}

async fn leave(ctx: Ctx, _: Nothing) -> Result<Standing> {
    let session = session(&ctx)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    push::leave(&tx, &session).await?;
    ctx.app.commit(tx).await?;
    get(ctx, Nothing {}).await
}

/// The keys of the installation, made when they are first asked for. Of two nodes that make some at once one is first.
pub(crate) async fn signer(app: &App) -> Result<Signer> {
    if push::keys(&app.db).await?.is_none() {
        let new = Signer::draw();
        let sealed = app.keys.seal(&keys_place(), &B64.encode(new.secret()))?;
        push::keep_keys(&app.db, &new.public_key, &sealed, app.clock.now()).await?;
    }
    let (_, sealed) = push::keys(&app.db).await?.ok_or_else(|| Error::not_found("push key"))?;
    let secret = B64.decode(app.keys.unseal(&keys_place(), &sealed)?).map_err(anyhow::Error::from)?;
    Ok(Signer::of(&secret)?)
}

/// The public key of this installation, base64url.
pub async fn signer_key(app: &App) -> Result<String> {
    Ok(signer(app).await?.public_key)
}

/// The place that the installation's secret key is sealed for.
pub fn keys_place() -> String {
    format!("push_keys/{}/secret", push::KEYS)
}

/// The place that a browser's endpoint and keys are sealed for.
pub fn place(id: &str) -> String {
    format!("push_subscriptions/{id}/secret")
}
