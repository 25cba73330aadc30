//! Texts that a platform approves before they may be sent: WhatsApp's templates. They are written and submitted in
//! Meta's console; here they are read, on connecting, by button, when Meta tells that one has changed, and every few
//! hours. What may not be sent is not offered, is refused where somebody names it all the same, and waits where it is
//! queued already.

use crate::{
    app::App,
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    Channel,
    approved::{self, Known, Layout, Standing},
    ids::SenderId,
    message::ApprovedTemplate,
};
use providers::{Class, Fail, inbound::InboundTemplate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use store::{
    At, Scope, Tx,
    approved::{Account, Template},
    outbox::Candidate,
    sender::{self, Sender},
    workspace::Workspace,
};

/// How often they are read where nobody tells of a change, in milliseconds.
const EVERY_MS: i64 = 6 * 3_600_000;
/// When they are read again after they could not be.
const AGAIN_MS: i64 = 15 * 60_000;
/// So long a node has for reading an account; then another one may.
const TAKES_MS: i64 = 5 * 60_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "sender_template_list",
            "GET /senders/templates",
            Access::Read,
            "List the WhatsApp templates of the senders' accounts, with whether they are approved and what belongs into them.",
            list,
        ),
        Tool::new(
            "sender_template_sync",
            "POST /senders/{id}/templates/sync",
            Access::Write,
            "Read the WhatsApp templates of a sender's account anew.",
            sync,
        )
        .expensive(),
    ]
}

/// A template, as the API shows it.
#[derive(Serialize, JsonSchema)]
struct View {
    /// The account that has it.
    account: String,
    /// Its name.
    name: String,
    /// Its language.
    language: String,
    /// What it is for, in WhatsApp's word: `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    category: String,
    /// Where it stands.
    standing: Standing,
    /// Why, in WhatsApp's words.
    reason: Option<String>,
    /// How people like it, in WhatsApp's word.
    quality: Option<String>,
    /// What it consists of.
    layout: Layout,
    /// Whether it can be sent.
    usable: bool,
    /// When it was last another one, or stood elsewhere.
    changed_at: At,
}

/// An account of a sender, as the API shows it.
#[derive(Serialize, JsonSchema)]
struct AccountView {
    /// Which sender's.
    sender_id: SenderId,
    /// Its id at WhatsApp.
    account: String,
    /// When its templates were read last.
    synced_at: Option<At>,
    /// Why they could not be read.
    problem: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Templates {
    data: Vec<View>,
    /// Whose they are.
    accounts: Vec<AccountView>,
    next_cursor: Option<String>,
}

fn view(template: Template) -> View {
    let layout = template.layout();
    View {
        usable: template.standing == Standing::Approved && layout.lacks.is_none(),
        account: template.account,
        name: template.name,
        language: template.language,
        category: template.category,
        standing: template.standing,
        reason: template.reason,
        quality: template.quality,
        layout,
        changed_at: template.changed_at,
    }
}

fn account_view(account: Account) -> AccountView {
    AccountView {
        sender_id: account.sender_id,
        account: account.account,
        synced_at: account.synced_at,
        problem: account.problem,
    }
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Templates> {
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let accounts = store::approved::accounts(&ctx.app.db, &ctx.scope, mode(&workspace)).await?;
    let data = store::approved::list(&ctx.app.db, &ctx.scope, mode(&workspace)).await?;
    Ok(Templates {
        data: data.into_iter().map(view).collect(),
        accounts: accounts.into_iter().map(account_view).collect(),
        next_cursor: None,
    })
}

/// Which sender.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the sender.
    id: SenderId,
}

async fn sync(ctx: Ctx, input: One) -> Result<Templates> {
    let s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if s.channel != Channel::Whatsapp {
        let message = format!(
            "There are no approved templates for {}. Choose a sender of WhatsApp",
            s.channel.messages()
        );
        return Err(Error::field("sender.no_templates", "id", message));
    }
    read(&ctx.app, &ctx.scope, &s).await?;
    list(ctx, Nothing {}).await
}

/// The word for the mode of a workspace.
fn mode(workspace: &Workspace) -> &'static str {
    if workspace.send_mode == "live" { "live" } else { "sandbox" }
}

/// One round: reads the templates of those senders whose turn it is.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let now = app.clock.now();
    let due = store::approved::due(&app.db, now).await?;
    let has_any = !due.is_empty();
    for one in due {
        let scope = Scope::system(one.workspace_id);
        let s = sender::get(&app.db, &scope, &one.sender_id).await?;
        let workspace = store::workspace::get(&app.db, &scope).await?;
        place(&app, &scope, &workspace, &s).await?;
        let lease = (now, now.saturating_add(TAKES_MS));
        if store::approved::take(&app.db, &scope, &s.id, mode(&workspace), lease).await? {
            read(&app, &scope, &s).await?;
        }
    }
    Ok(has_any)
}

/// Writes down which account a sender belongs to in the mode that its workspace is in.
async fn place(app: &App, scope: &Scope, workspace: &Workspace, s: &Sender) -> Result<Option<Fail>> {
    let account = match app.outside.api(&app.keys, workspace, s) {
        Ok(api) => Ok(api.shelf().map(|shelf| shelf.account().to_owned()).unwrap_or_default()),
        Err(fail) => Err(fail),
    };
    let tx = app.db.begin_for(scope).await?;
    let known = account.as_deref().unwrap_or_default();
    store::approved::belongs(&tx, scope, &s.id, mode(workspace), known).await?;
    app.commit(tx).await?;
    Ok(account.err())
}

/// Reads the templates of a sender's account, and writes down how that went.
async fn read(app: &Arc<App>, scope: &Scope, s: &Sender) -> Result<()> {
    let workspace = store::workspace::get(&app.db, scope).await?;
    let mode = mode(&workspace);
    let found = match place(app, scope, &workspace, s).await? {
        Some(fail) => Err(fail),
        None => ask(app, &workspace, s).await,
    };
    let now = app.clock.now();
    let tx = app.db.begin_for(scope).await?;
    match found {
        Ok((account, all)) => {
            let all: Vec<Template> =
                all.into_iter().map(|one| kept(&account, one, now)).collect::<Result<_>>()?;
            store::approved::replace(&tx, scope, &account, &all, now).await?;
            store::approved::synced(&tx, scope, &s.id, mode, (None, now + EVERY_MS), now).await?;
        }
        Err(fail) => {
            tracing::info!(class = %fail.class, sender = %s.id, "the templates of a sender could not be read");
            let problem = Some(fail.message.as_str());
            store::approved::synced(&tx, scope, &s.id, mode, (problem, now + AGAIN_MS), now).await?;
        }
    }
    app.commit(tx).await?;
    app.wake.outbox.notify_one();
    app.tell(&scope.workspace, "stats:updated", json!({ "sender_id": s.id }));
    Ok(())
}

async fn ask(
    app: &App,
    workspace: &Workspace,
    s: &Sender,
) -> Result<(String, Vec<providers::Template>), Fail> {
    let api = app.outside.api(&app.keys, workspace, s)?;
    let lacks = || Fail::new(Class::Config, "This provider has no templates.");
    let shelf = api.shelf().ok_or_else(lacks)?;
    Ok((shelf.account().to_owned(), shelf.templates().await?))
}

fn kept(account: &str, one: providers::Template, now: i64) -> Result<Template> {
    Ok(Template {
        account: account.to_owned(),
        layout: serde_json::to_string(&one.layout)?,
        name: one.name,
        language: one.language,
        category: one.category,
        standing: one.standing,
        reason: one.reason,
        quality: one.quality,
        changed_at: At(now),
    })
}

/// Meta tells of a template: where it stands counts at once, and its account is read again, since news come in any
/// order.
pub async fn told(tx: &Tx, scope: &Scope, news: &InboundTemplate, now: i64) -> store::Result<()> {
    if let Some(standing) = news.standing {
        let which = (news.account.as_str(), news.name.as_str(), news.language.as_str());
        store::approved::stands(tx, scope, which, (standing, news.reason.as_deref()), now).await?;
    }
    store::approved::stale(tx, scope, &news.account).await?;
    Ok(())
}

/// What the accounts of a workspace have; `None` where none was ever read.
pub async fn of_workspace(ctx: &Ctx) -> Result<Option<Vec<Known>>> {
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let mode = mode(&workspace);
    let accounts = store::approved::accounts(&ctx.app.db, &ctx.scope, mode).await?;
    if accounts.is_empty() || accounts.iter().any(|account| account.synced_at.is_none()) {
        return Ok(None);
    }
    let mut all: Vec<Known> =
        store::approved::list(&ctx.app.db, &ctx.scope, mode).await?.iter().map(Template::known).collect();
    // What one account may send may be another's that is rejected.
    all.sort_by_key(|one| one.standing);
    Ok(Some(all))
}

/// Refuses a template that the platform would refuse, as far as we know what it has.
pub async fn require_usable(ctx: &Ctx, s: &Sender, named: &ApprovedTemplate) -> Result<()> {
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let Some(all) = store::approved::known(&ctx.app.db, &ctx.scope, &s.id, mode(&workspace)).await? else {
        return Ok(());
    };
    let wrong = approved::refusal(&all, named).or_else(|| {
        approved::find(&all, named).and_then(|found| approved::wrong_values(&found.layout, &named.values))
    });
    match wrong {
        Some(wrong) => {
            Err(Error::field("message.template_refused", "template", wrong.trim_end_matches('.').to_owned()))
        }
        None => Ok(()),
    }
}

/// Whether a refusal is about the template of a message.
pub fn is_of_template(message: &Candidate, fail: &Fail) -> bool {
    message.approved.is_some() && fail.code.as_deref().is_some_and(|code| standing_by(code).is_some())
}

/// Where a template stands of which WhatsApp says this.
fn standing_by(code: &str) -> Option<Standing> {
    Some(match code {
        "132001" => Standing::Deleted,
        "132007" => Standing::Rejected,
        "132015" => Standing::Paused,
        "132016" => Standing::Disabled,
        _ => return None,
    })
}

/// WhatsApp refused a template that was approved as far as we knew: its messages wait, and the account is read again.
/// Where nobody has read the account, the sender waits as a whole until somebody looks.
pub async fn refused(
    app: &Arc<App>,
    scope: &Scope,
    s: &Sender,
    message: &Candidate,
    fail: &Fail,
) -> Result<()> {
    let workspace = store::workspace::get(&app.db, scope).await?;
    let account = store::approved::account(&app.db, scope, &s.id, mode(&workspace)).await?;
    let named: Option<ApprovedTemplate> =
        message.approved.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let standing = fail.code.as_deref().and_then(standing_by);
    let (Some(account), Some(named), Some(standing)) =
        (account.filter(|account| account.synced_at.is_some()), named, standing)
    else {
        return crate::senders::mark_broken(app, scope, s, &fail.message).await;
    };
    let tx = app.db.begin_for(scope).await?;
    let which = (account.account.as_str(), named.name.as_str(), named.language.as_str());
    store::approved::stands(&tx, scope, which, (standing, None), app.clock.now()).await?;
    store::approved::stale(&tx, scope, &account.account).await?;
    app.commit(tx).await
}
