//! The accounts that messages leave from.

pub mod account;
mod check;
mod domain_check;

use crate::shape::{anything, integer, list_of, object, of, or_null, page, text, truth};
use crate::{
    access,
    app::App,
    error::{Error, FieldError, Result},
    messages::Address,
    tool::{Access, Ctx, Nothing, Tool, given},
};
use domain::{Channel, api_rate::ApiRate, breaker::State, ids::SenderId, limits};
use providers::Provider;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use store::{
    At, Scope,
    rest::{self, Rest},
    sender::{self, Sender},
    workspace::Workspace,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "provider_list",
            "GET /providers",
            Access::Read,
            "List the providers of this build with what their accounts need.",
            providers_known,
        )
        .gives(|| page(provider_shape())),
        Tool::new(
            "sender_check",
            "POST /senders/{id}/check",
            Access::Write,
            "Try whether a sender can connect.",
            check::run,
        )
        .expensive(),
        Tool::new("sender_create", "POST /senders", Access::Admin, "Add a sender.", create).gives(shape),
        Tool::new(
            "sender_domain_check",
            "POST /senders/{id}/domain-check",
            Access::Write,
            "Read from DNS what the domain of an e-mail sender says: SPF, DKIM, DMARC and MX.",
            domain_check::run,
        )
        .expensive(),
        Tool::new("sender_list", "GET /senders", Access::Read, "List senders with their state.", list)
            .gives(|| page(shape())),
        Tool::new(
            "sender_update",
            "PATCH /senders/{id}",
            Access::Admin,
            "Change, pause or resume a sender.",
            update,
        )
        .comparing("sender_list", &["name", "rate_per_minute", "hourly_cap", "daily_cap", "domain_cap", "jitter", "ramp", "status"])
        .gives(shape),
        Tool::new(
            "sender_webhook_secret",
            "GET /senders/{id}/webhook-secret",
            Access::Admin,
            "Read what a service needs that posts to a sender: the key of mails, the verify token of Meta's webhooks, the token of Bonzo's.",
            check::webhook_secret,
        )
        .revealing(),
    ]
}

async fn providers_known(_: Ctx, _: Nothing) -> Result<Value> {
    let data: Vec<Value> = providers::all()
        .iter()
        // The accounts of devices come with the device.
        .filter(|p| p.id != "relayer")
        .map(|p| {
            let mailbox = account::may_have_mailbox(p).then(providers::imap::credentials);
            json!({
                "id": p.id, "name": p.name, "channel": p.channel, "docs": p.docs, "credentials": p.credentials, "mailbox": mailbox,
            })
        })
        .collect();
    Ok(json!({ "data": data, "next_cursor": null }))
}

/// What goes with a sender on a page.
#[derive(Default)]
struct Beside {
    /// How many messages wait.
    queued: i64,
    /// When its provider last told something.
    last_event: Option<At>,
    /// How it fails, where it does.
    rest: Option<Rest>,
    /// How its access ends and is renewed, where it does.
    access: Option<store::access::Access>,
}

/// That a sender rests, until when and why; nothing where messages are tried as always.
fn resting(rest: &Rest, now: i64) -> Option<Value> {
    let state = match rest.breaker().state(now) {
        State::Closed => return None,
        _ if rest.is_trying == 1 => "trying",
        State::Open(_) => "resting",
        State::HalfOpen => "trying",
    };
    Some(json!({
        "state": state, "until": rest.until_at, "reason": rest.reason, "since": rest.since_at, "failures": rest.failures,
    }))
}

/// How fast its provider lets an account be called, whatever the sender's own limits are; in sandbox mode nothing is
/// counted.
#[derive(serde::Serialize, JsonSchema)]
struct Pace {
    #[serde(flatten)]
    rate: ApiRate,
    /// How long a call that is made now would wait, in milliseconds.
    wait_ms: u64,
}

fn pace(rate: &ApiRate, wait: std::time::Duration) -> Pace {
    Pace { rate: *rate, wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
}

fn view(app: &App, workspace: &Workspace, s: &Sender, beside: &Beside) -> Result<Value> {
    let Beside { queued, last_event, rest, access } = beside;
    let access = access.as_ref().map(access::shown);
    let resting = rest.as_ref().and_then(|rest| resting(rest, app.clock.now()));
    let ramp = s.ramp_start.zip(s.ramp_step).map(|(start, step)| json!({ "start": start, "step": step }));
    let cap_today = crate::guard::daily_cap(workspace, s, app.clock.now());
    let schema = provider_of(&s.provider)?.credentials.clone();
    let stored = account::unseal(app, s)?;
    let pace = app.outside.pace(s, stored.as_ref()).map(|(rate, wait)| pace(&rate, wait));
    let account = stored.map(|it| account::shown(&it, &schema));
    let mailbox = account::mailbox(app, s)?.map(|it| account::shown(&it, &providers::imap::credentials()));
    let door = match s.channel {
        // Its own mailbox is read.
        Channel::Email if s.provider == "gmail" => None,
        Channel::Email => Some(format!("/webhooks/email?sender={}", s.id)),
        Channel::Whatsapp => Some(format!("/webhooks/whatsapp?sender={}", s.id)),
        Channel::Messenger => Some(format!("/webhooks/facebook?sender={}", s.id)),
        Channel::Tiktok => Some(format!("/webhooks/tiktok?sender={}", s.id)),
        // Each order carries an address of its own.
        Channel::Voicemail => None,
        _ if s.provider == "bonzo" => Some(format!("/api/bonzo/inbound?sender={}", s.id)),
        _ => Some("/api/twilio/inbound-sms".to_owned()),
    };
    // In the time of this installation's clock, which may be ahead of the world's.
    let synced_at = s.synced_at.map(|at| At(app.clock.now() - (app.real_ms() - at).max(0)));
    let webhook = door.map(|door| format!("{}{door}", app.public_url()));
    Ok(json!({
        "id": s.id, "member_id": s.member_id, "channel": s.channel, "provider": s.provider, "name": s.name, "address": s.address, "status": s.status,
        "problem": s.problem, "resting": resting, "rate_per_minute": s.rate_per_minute, "hourly_cap": s.hourly_cap, "daily_cap": s.daily_cap,
        "domain_cap": s.domain_cap, "jitter": s.jitter == 1, "ramp": ramp, "cap_today": cap_today, "sent_today": s.sent_today,
        "queued": queued, "webhook_url": webhook, "last_event_at": last_event, "limits": limits::of(s.channel), "pace": pace, "access": access, "account": account, "mailbox": mailbox,
        "connection": crate::gmail::connection(app, workspace, s)?, "synced_at": synced_at,
    }))
}

fn provider_of(id: &str) -> Result<&'static Provider> {
    providers::by_id(id).ok_or_else(|| {
        let known: Vec<&str> = providers::all().iter().map(|p| p.id).collect();
        Error::field(
            "provider.unknown",
            "provider",
            format!("There is no provider {id:?}; there are {}", known.join(", ")),
        )
    })
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Value> {
    let queued: HashMap<SenderId, i64> =
        sender::queue_lengths(&ctx.app.db, &ctx.scope).await?.into_iter().collect();
    let mut told: HashMap<SenderId, At> =
        store::inbound_event::last_of_senders(&ctx.app.db, &ctx.scope).await?.into_iter().collect();
    let rests = rest::list(&ctx.app.db, &ctx.scope).await?;
    let mut rests: HashMap<SenderId, Rest> =
        rests.into_iter().map(|rest| (rest.sender_id.clone(), rest)).collect();
    let accesses = store::access::list(&ctx.app.db, &ctx.scope).await?;
    let mut accesses: HashMap<SenderId, store::access::Access> =
        accesses.into_iter().map(|access| (access.sender_id.clone(), access)).collect();
    let senders = sender::list(&ctx.app.db, &ctx.scope).await?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let data = senders
        .iter()
        .map(|s| {
            let beside = Beside {
                queued: queued.get(&s.id).copied().unwrap_or(0),
                last_event: told.remove(&s.id),
                rest: rests.remove(&s.id),
                access: accesses.remove(&s.id),
            };
            view(&ctx.app, &workspace, s, &beside)
        })
        .collect::<Result<Vec<Value>>>()?;
    Ok(json!({ "data": data, "next_cursor": null }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// `smtp`, `gmail`, `twilio`, `whatsapp`, `messenger`, `slybroadcast`, `tiktok` or `bonzo`.
    provider: String,
    /// Name that recipients see.
    name: String,
    /// E-mail address, phone number, or the id of a page.
    address: String,
    /// What the provider needs; see its schema. Secrets in it are never shown again. Without credentials the
    /// sender works in the sandbox only.
    #[serde(default)]
    credentials: Value,
    /// Mailbox to read answers from (host, port, username, password, security).
    imap: Option<Value>,
    /// Most messages a minute.
    rate_per_minute: Option<i64>,
    /// Most messages an hour; they are spread over it.
    hourly_cap: Option<i64>,
    /// Most messages a local day.
    daily_cap: Option<i64>,
    /// Most messages an hour to one recipient domain (e-mail).
    domain_cap: Option<i64>,
    /// Whether the pauses between messages differ, as a person's do.
    #[serde(default)]
    jitter: bool,
    /// How it is warmed up, from today on; not at all where it is left out.
    ramp: Option<Ramp>,
}

/// How a new mailbox is warmed up until it reaches its daily cap.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ramp {
    /// Messages on the first day.
    #[schemars(range(min = 1, max = 10_000))]
    start: i64,
    /// How many more on each further day.
    #[schemars(range(min = 1, max = 10_000))]
    step: i64,
}

impl Ramp {
    /// From now on, where it is another than before.
    fn set(self, s: &mut Sender, now: i64) -> Result<()> {
        if !(1..=10_000).contains(&self.start) || !(1..=10_000).contains(&self.step) {
            let message = "Write numbers from 1 to 10,000 for the first day and for each further one";
            return Err(Error::field("sender.ramp_invalid", "ramp", message));
        }
        if (s.ramp_start, s.ramp_step) != (Some(self.start), Some(self.step)) {
            (s.ramp_start, s.ramp_step, s.ramp_since) = (Some(self.start), Some(self.step), Some(now));
        }
        Ok(())
    }
}

fn limit(field: &'static str, value: Option<i64>) -> Result<Option<i64>> {
    match value {
        Some(n) if !(1..=1_000_000).contains(&n) => {
            Err(Error::field("sender.limit_invalid", field, "Write a number from 1 to 1,000,000"))
        }
        other => Ok(other),
    }
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    let provider = provider_of(&input.provider)?;
    if provider.id == "relayer" {
        let message =
            "The accounts of members' own devices come with the device. Make a key under Settings, Relayers";
        return Err(Error::field("sender.of_device", "provider", message));
    }
    let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
    let address = Address::parse(provider.channel, &input.address, &country).map_err(own_address)?;
    let credentials = account::merged(None, &input.credentials);
    if credentials.as_object().is_some_and(|fields| !fields.is_empty()) {
        account::require_fit(&ctx.app, provider, &credentials)?;
    }
    let name = name(&input.name)?;
    let mut new = Sender {
        rate_per_minute: limit("rate_per_minute", input.rate_per_minute)?
            .or(limits::of(provider.channel).per_minute),
        hourly_cap: limit("hourly_cap", input.hourly_cap)?,
        daily_cap: limit("daily_cap", input.daily_cap)?,
        domain_cap: limit("domain_cap", input.domain_cap)?,
        jitter: i64::from(input.jitter),
        ..Sender::new(&ctx.scope.workspace, provider.channel, provider.id, &name, &address.display)
    };
    new.credentials = account::seal(&ctx.app, new.id.as_str(), &credentials)?;
    if let Some(ramp) = input.ramp {
        ramp.set(&mut new, ctx.app.clock.now())?;
    }
    if let Some(mailbox) = &input.imap {
        account::require_mailbox(provider, mailbox)?;
        account::set_mailbox(&ctx.app, &mut new, Some(mailbox))?;
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    sender::save(&tx, &ctx.scope, &new, &address.key, now).await.map_err(|error| match error {
        store::Error::Exists => {
            let message = "There is a sender with this address already";
            let mut refused = Error::conflict("sender.exists", message);
            refused.fields.push(FieldError { field: "address".into(), message: message.into() });
            refused
        }
        other => other.into(),
    })?;
    access::follow(&tx, &ctx.scope, &new, (&Value::Null, &credentials), now).await?;
    ctx.app.commit(tx).await?;
    let access = store::access::get(&ctx.app.db, &ctx.scope, &new.id).await?;
    let beside = Beside { access, ..Beside::default() };
    view(&ctx.app, &store::workspace::get(&ctx.app.db, &ctx.scope).await?, &new, &beside)
}

fn name(text: &str) -> Result<String> {
    if text.trim().is_empty() || text.chars().count() > 200 {
        return Err(Error::field("sender.name_invalid", "name", "Write a name of 1 to 200 characters"));
    }
    Ok(domain::template::one_line(text.trim()))
}

/// The address of a sender is a field of its own, whatever the one who reads addresses calls it.
fn own_address(mut error: Error) -> Error {
    for field in &mut error.fields {
        field.field = "address".into();
    }
    error
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: SenderId,
    name: Option<String>,
    /// `active` or `paused`.
    status: Option<String>,
    /// New credentials: fields that are left out keep what is stored, `null` takes one away.
    credentials: Option<Value>,
    /// Mailbox to read answers from, field by field like `credentials`; `null` reads none.
    #[serde(default, deserialize_with = "given")]
    imap: Option<Option<Value>>,
    /// Most messages a minute; `null` sets no limit.
    #[serde(default, deserialize_with = "given")]
    rate_per_minute: Option<Option<i64>>,
    /// Most messages an hour; they are spread over it. `null` sets no limit.
    #[serde(default, deserialize_with = "given")]
    hourly_cap: Option<Option<i64>>,
    /// Most messages a local day; `null` sets no limit.
    #[serde(default, deserialize_with = "given")]
    daily_cap: Option<Option<i64>>,
    /// Most messages an hour to one recipient domain (e-mail); `null` sets no limit.
    #[serde(default, deserialize_with = "given")]
    domain_cap: Option<Option<i64>>,
    /// Whether the pauses between messages differ, as a person's do.
    jitter: Option<bool>,
    /// How it is warmed up, from today on where it is new; `null` ends it.
    #[serde(default, deserialize_with = "given")]
    ramp: Option<Option<Ramp>>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let mut s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if let Some(text) = &input.name {
        s.name = name(text)?;
    }
    if let Some(rate) = input.rate_per_minute {
        s.rate_per_minute = limit("rate_per_minute", rate)?;
    }
    caps(&mut s, &input, ctx.app.clock.now())?;
    let mut entered = None;
    if let Some(given) = &input.credentials {
        let before = account::unseal(&ctx.app, &s)?;
        let credentials = account::merged(before.clone(), given);
        account::require_fit(&ctx.app, provider_of(&s.provider)?, &credentials)?;
        let sealed = account::seal(&ctx.app, s.id.as_str(), &credentials)?;
        entered = Some((before.unwrap_or_default(), credentials, sealed));
    }
    match &input.imap {
        None => {}
        Some(None) => account::set_mailbox(&ctx.app, &mut s, None)?,
        Some(Some(given)) => {
            let mailbox = account::merged(account::mailbox(&ctx.app, &s)?, given);
            account::require_mailbox(provider_of(&s.provider)?, &mailbox)?;
            account::set_mailbox(&ctx.app, &mut s, Some(&mailbox))?;
        }
    }
    match input.status.as_deref() {
        None => {}
        Some("active") => (s.status, s.problem) = ("active".into(), None),
        Some("paused") => s.status = "paused".into(),
        Some(_) => {
            return Err(Error::field("sender.status_invalid", "status", "A sender can be active or paused"));
        }
    }
    let key = match &s.member_id {
        Some(member) => member.to_string(),
        None => Address::parse(s.channel, &s.address, "US")?.key,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if let Some((_, _, sealed)) = &entered {
        // Its access may have been renewed just now: what was entered was meant for the one before.
        if !sender::swap_credentials(&tx, &ctx.scope, &s.id, (&s.credentials, sealed)).await? {
            let message = "The account of this sender was changed just now. Look at it and save again";
            return Err(Error::conflict("sender.changed", message));
        }
        s.credentials.clone_from(sealed);
    }
    sender::save_settings(&tx, &ctx.scope, &s, &key, ctx.app.clock.now()).await?;
    if let Some((before, after, _)) = &entered {
        access::follow(&tx, &ctx.scope, &s, (before, after), ctx.app.clock.now()).await?;
    }
    if input.status.as_deref() == Some("active") {
        // Whoever lets it go on has seen why it paused.
        store::campaign::health::forget_sender(&tx, &ctx.scope, &s.id, ctx.app.clock.now()).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    let waiting = sender::queue_lengths(&ctx.app.db, &ctx.scope).await?;
    let queued = waiting.iter().find(|(id, _)| *id == s.id).map_or(0, |(_, queued)| *queued);
    let told = store::inbound_event::last_of_senders(&ctx.app.db, &ctx.scope).await?;
    let last = told.into_iter().find_map(|(id, at)| (id == s.id).then_some(at));
    let rest = rest::get(&ctx.app.db, &ctx.scope, &s.id).await?;
    let access = store::access::get(&ctx.app.db, &ctx.scope, &s.id).await?;
    let beside = Beside { queued, last_event: last, rest, access };
    view(&ctx.app, &store::workspace::get(&ctx.app.db, &ctx.scope).await?, &s, &beside)
}

fn caps(s: &mut Sender, input: &Update, now: i64) -> Result<()> {
    for (field, given, kept) in [
        ("hourly_cap", input.hourly_cap, &mut s.hourly_cap),
        ("daily_cap", input.daily_cap, &mut s.daily_cap),
        ("domain_cap", input.domain_cap, &mut s.domain_cap),
    ] {
        if let Some(cap) = given {
            *kept = limit(field, cap)?;
        }
    }
    if let Some(jitter) = input.jitter {
        s.jitter = i64::from(jitter);
    }
    match input.ramp {
        None => Ok(()),
        Some(None) => {
            (s.ramp_start, s.ramp_step, s.ramp_since) = (None, None, None);
            Ok(())
        }
        Some(Some(ramp)) => ramp.set(s, now),
    }
}

/// One sender.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    id: SenderId,
}

/// Whether a sender has an account of its own; without one it works in the sandbox only.
pub fn has_account(app: &App, s: &Sender) -> Result<bool> {
    Ok(account::unseal(app, s)?.is_some())
}

/// The provider refuses the account itself, as it was when it was asked: its messages wait until somebody mends it.
pub async fn mark_broken(app: &Arc<App>, scope: &Scope, s: &Sender, problem: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let changed = sender::break_down(&tx, scope, s, problem).await?;
    if changed {
        access::hurry(&tx, scope, s, app.clock.now()).await?;
    }
    app.commit(tx).await?;
    if changed {
        tell_changed(app, scope, s);
    }
    Ok(())
}

/// A sender stands otherwise than before: the pages read it again, and what waits for it is looked at.
pub fn tell_changed(app: &App, scope: &Scope, s: &Sender) {
    app.tell(&scope.workspace, "stats:updated", json!({ "sender_id": s.id }));
    app.wake.outbox.notify_one();
}

fn provider_shape() -> Value {
    object([
        ("id", text()),
        ("name", text()),
        ("channel", of::<Channel>()),
        ("docs", text()),
        ("credentials", anything()),
        ("mailbox", or_null(anything())),
    ])
}

fn shape() -> Value {
    let account = || or_null(object([("fields", anything()), ("saved", list_of(text()))]));
    object([
        ("id", of::<SenderId>()),
        ("member_id", or_null(of::<domain::ids::MemberId>())),
        ("channel", of::<Channel>()),
        ("provider", text()),
        ("name", text()),
        ("address", text()),
        ("status", text()),
        ("problem", or_null(text())),
        (
            "resting",
            or_null(object([
                ("state", text()),
                ("until", of::<At>()),
                ("reason", text()),
                ("since", of::<At>()),
                ("failures", integer()),
            ])),
        ),
        ("rate_per_minute", or_null(integer())),
        ("hourly_cap", or_null(integer())),
        ("daily_cap", or_null(integer())),
        ("domain_cap", or_null(integer())),
        ("jitter", truth()),
        ("ramp", or_null(object([("start", integer()), ("step", integer())]))),
        ("cap_today", or_null(integer())),
        ("sent_today", integer()),
        ("queued", integer()),
        ("webhook_url", or_null(text())),
        ("last_event_at", or_null(of::<At>())),
        ("limits", of::<limits::Limits>()),
        ("pace", or_null(of::<Pace>())),
        ("access", or_null(of::<access::Shown>())),
        ("account", account()),
        ("mailbox", account()),
        ("connection", or_null(of::<crate::gmail::Connection>())),
        ("synced_at", or_null(of::<At>())),
    ])
}
