//! The test of a sender: connects and signs in, sends nothing, and says in plain words what is wrong.

use super::{One, account};
use crate::{error::Result, tool::Ctx};
use domain::{Channel, ids::SenderId};
use providers::{Class, Fail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{future::Future, time::Duration};
use store::sender::{self, Sender};

/// A person waits for the answer: what takes longer than this does not work.
const PATIENCE: Duration = Duration::from_secs(20);

/// What to test.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Id of the sender.
    id: SenderId,
    /// Test the stored account itself, even while the workspace is in sandbox mode. It signs in there and
    /// sends nothing.
    #[serde(default)]
    account: bool,
}

/// One thing that was tried.
#[derive(Serialize, JsonSchema)]
struct Part {
    /// `sandbox`, `account` or `mailbox`.
    what: &'static str,
    ok: bool,
    /// What happened, why, and what to do.
    problem: Option<String>,
    /// The provider's own code.
    code: Option<String>,
}

impl Part {
    fn new(what: &'static str, outcome: Result<(), Fail>) -> Self {
        let fail = outcome.err();
        let code = fail.as_ref().and_then(|f| f.code.clone());
        Self { what, ok: fail.is_none(), problem: fail.map(|f| f.message), code }
    }
}

/// What the test found.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    id: SenderId,
    ok: bool,
    /// The first problem.
    problem: Option<String>,
    parts: Vec<Part>,
}

/// `POST /senders/{id}/check`
pub async fn run(ctx: Ctx, input: Check) -> Result<Report> {
    let s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let live = workspace.send_mode == "live";
    let mut parts = Vec::new();
    if live || input.account {
        parts.push(Part::new("account", signs_in(&ctx, &s).await));
        if let Some(mailbox) = account::mailbox(&ctx.app, &s)? {
            let visit = async { providers::imap::poll(&mailbox, None).await.map(drop) };
            parts.push(Part::new("mailbox", in_time("The mailbox", visit).await));
        }
    } else {
        let door = ctx.app.outside.api(&ctx.app.keys, &workspace, &s);
        let outcome = match door {
            Ok(api) => in_time("The sandbox", api.check()).await,
            Err(fail) => Err(fail),
        };
        parts.push(Part::new("sandbox", outcome));
    }
    let problem = parts.iter().find_map(|part| part.problem.clone());
    // Only what was tried says whether the sender works as the workspace is now.
    let is_the_one_in_use = live || !input.account;
    if problem.is_none() && s.status == "broken" && is_the_one_in_use {
        mend(&ctx, &s).await?;
    }
    if problem.is_none() && is_the_one_in_use {
        // It answers: what waited for it is tried at once.
        if store::rest::answered(&ctx.app.db, &ctx.scope, &s.id, ctx.app.clock.now()).await? {
            ctx.app.wake.outbox.notify_one();
        }
    }
    Ok(Report { id: s.id, ok: problem.is_none(), problem, parts })
}

async fn signs_in(ctx: &Ctx, s: &Sender) -> Result<(), Fail> {
    let stored = account::unseal(&ctx.app, s).map_err(|e| Fail::new(Class::Config, e.message))?;
    if stored.is_none() {
        let message = "This sender has no account of its own yet: it works in the sandbox only. Edit it and \
                       fill in the account.";
        return Err(Fail::new(Class::Config, message));
    }
    let api = ctx.app.outside.account(&ctx.app.keys, s)?;
    in_time("The provider", api.check()).await
}

async fn in_time(who: &str, call: impl Future<Output = Result<(), Fail>>) -> Result<(), Fail> {
    tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|_| {
        let message = format!("{who} did not answer within 20 seconds. Check the server name and the port.");
        Err(Fail::new(Class::Retry, message))
    })
}

async fn mend(ctx: &Ctx, s: &Sender) -> Result<()> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    sender::set_status(&tx, &ctx.scope, &s.id, "active", None, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    Ok(())
}

/// What somebody has to know who posts to us: a mail service signs its mails with it, Meta shows it when it asks
/// whether the address is ours.
#[derive(Serialize, JsonSchema)]
pub struct Secret {
    id: SenderId,
    /// For e-mail the key of the HMAC-SHA256 over the raw mail, sent as `X-Overture-Signature: sha256=<hex>`; for
    /// WhatsApp and Messenger the verify token; for Bonzo `token` of the address.
    secret: String,
}

/// `GET /senders/{id}/webhook-secret`
pub async fn webhook_secret(ctx: Ctx, input: One) -> Result<Secret> {
    let s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let secret = match s.channel {
        Channel::Whatsapp | Channel::Messenger => crate::outside::verify_token(&ctx.app.keys, &s),
        Channel::Sms if s.provider == "bonzo" => crate::outside::bonzo_token(&ctx.app.keys, &s),
        _ => crate::outside::live_email_secret(&ctx.app.keys, &s),
    };
    Ok(Secret { id: s.id, secret })
}
