//! Access to accounts that ends by itself, as TikTok's does after a day: renewed before, by one node at a time, with a
//! token that is sealed like every other credential. Where the provider refuses, a person has to authorise us again, and
//! what the sender has to send waits.

use crate::{
    app::App,
    error::Result,
    senders::{account, tell_changed},
};
use domain::access;
use providers::{Class, Fail, Renewed};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};
use store::{
    At, Scope, Tx,
    access::Access,
    sender::{self, Sender},
};

/// So long a node has for a renewal; then another one may. In milliseconds.
const TAKES_MS: i64 = 2 * 60_000;
/// An access that was just renewed and is refused all the same is not renewed for that. In milliseconds.
const JUST_NOW_MS: i64 = 3_600_000;

/// How the access of a sender stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// `renewing` where it is renewed by itself, `delayed` while that fails for a passing reason, `reauthorise` where a
    /// person has to authorise us again.
    state: &'static str,
    /// When it ends, as far as the provider has said so.
    ends_at: Option<At>,
    /// When it was renewed last.
    renewed_at: Option<At>,
    /// When it is renewed next.
    due_at: At,
}

/// As a page shows it.
pub fn shown(access: &Access) -> Shown {
    let state = match access {
        Access { is_refused: 1.., .. } => "reauthorise",
        Access { failures: 1.., .. } => "delayed",
        _ => "renewing",
    };
    Shown { state, ends_at: access.ends_at, renewed_at: access.renewed_at, due_at: access.due_at }
}

/// Somebody has entered credentials, in place of `before`: what renews them counts from now on.
pub async fn follow(
    tx: &Tx,
    scope: &Scope,
    s: &Sender,
    (before, after): (&Value, &Value),
    now: i64,
) -> Result<()> {
    let key = |credentials: &Value| credentials["refresh_token"].as_str().map(str::to_owned);
    // Google's are asked whenever they are needed.
    if s.provider == "gmail" {
        return Ok(());
    }
    match key(after) {
        None => store::access::end(tx, scope, &s.id).await?,
        Some(_) if before == after => {}
        Some(_) => store::access::begin(tx, scope, &s.id, now).await?,
    }
    Ok(())
}

/// The provider has refused the access of a sender: it is renewed at once, unless that was just done.
pub async fn hurry(tx: &Tx, scope: &Scope, s: &Sender, now: i64) -> Result<()> {
    Ok(store::access::hurry(tx, scope, &s.id, (now, now - JUST_NOW_MS)).await?)
}

/// One round: renews what is due.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let now = app.clock.now();
    let due = store::access::due(&app.db, now).await?;
    for one in &due {
        let scope = Scope::system(one.workspace_id.clone());
        let lease = (now, now.saturating_add(TAKES_MS));
        if store::access::take(&app.db, &scope, &one.sender_id, lease).await? {
            renew(&app, &scope, one).await?;
        }
    }
    Ok(!due.is_empty())
}

async fn renew(app: &Arc<App>, scope: &Scope, one: &store::access::Due) -> Result<()> {
    let s = sender::get(&app.db, scope, &one.sender_id).await?;
    let workspace = store::workspace::get(&app.db, scope).await?;
    let outcome = match app.outside.api(&app.keys, &workspace, &s) {
        Ok(api) => match api.renewal() {
            Some(renewal) => renewal.renew().await,
            None => Err(Fail::new(Class::Config, "The account of this sender has no refresh token.")),
        },
        Err(fail) => Err(fail),
    };
    match outcome {
        Ok(new) => keep(app, scope, &s, new).await,
        Err(fail) => give_up_or_wait(app, scope, &s, &fail).await,
    }
}

async fn keep(app: &Arc<App>, scope: &Scope, s: &Sender, new: Renewed) -> Result<()> {
    let now = app.clock.now();
    let mut credentials = account::unseal(app, s)?.unwrap_or_else(|| Value::Object(Map::new()));
    if let Some(fields) = credentials.as_object_mut() {
        fields.extend(new.fields);
    }
    let sealed = account::seal(app, s.id.as_str(), &credentials)?;
    let new = store::access::Renewed {
        credentials: &sealed,
        due_at: access::due_at(now, new.lasts_ms),
        ends_at: now.saturating_add(new.lasts_ms),
        renewable_until: new.renewable_ms.map(|ms| now.saturating_add(ms)),
    };
    let tx = app.db.begin_for(scope).await?;
    let is_kept = store::access::renewed(&tx, scope, s, new, now).await?;
    app.commit(tx).await?;
    if is_kept {
        tracing::info!(sender = %s.id, "the access of a sender was renewed");
        tell_changed(app, scope, s);
    }
    Ok(())
}

async fn give_up_or_wait(app: &Arc<App>, scope: &Scope, s: &Sender, fail: &Fail) -> Result<()> {
    let now = app.clock.now();
    let tx = app.db.begin_for(scope).await?;
    if matches!(fail.class, Class::Reauth | Class::Config) {
        tracing::warn!(class = %fail.class, sender = %s.id, "the access of a sender cannot be renewed until somebody authorises us again");
        store::access::refused(&tx, scope, s, &fail.message).await?;
    } else {
        let failures = store::access::get(&app.db, scope, &s.id).await?.map_or(0, |access| access.failures);
        // By chance: two nodes, or two senders, do not come at the same time.
        let drawn = RandomState::new().hash_one(s.id.as_str()) % 1_000;
        let due_at = access::try_again_at(now, failures + 1, fail.retry_after_ms, drawn as f64 / 1_000.0);
        tracing::info!(class = %fail.class, sender = %s.id, "the access of a sender could not be renewed; it is tried again");
        store::access::failed(&tx, scope, &s.id, due_at).await?;
    }
    app.commit(tx).await?;
    tell_changed(app, scope, s);
    Ok(())
}
