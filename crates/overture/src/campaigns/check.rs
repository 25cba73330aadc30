//! The launch check: everything that can be known before the first message leaves, line by line, with
//! what to do about it.

use super::{Audience, One};
use crate::shape::{instant, integer, list_of, object, one_of, or_null, text, truth};
use crate::{error::Result, tool::Ctx};
use domain::{
    Channel,
    forecast::{self, Lane},
    funnel::{Graph, NOT_CONNECTED, Severity, validate_in},
    schedule,
    template::Template,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{
    campaign::{self, Campaign, senders::Seat},
    consent, contact,
    sender::Sender,
    workspace::Workspace,
};

#[derive(Serialize)]
struct Line {
    code: &'static str,
    state: &'static str,
    text: String,
    fix: Option<String>,
    /// The place that mends it: a part of the campaign (`funnel`, `people`, `settings`) or a page
    /// (`contacts`, `import`, `relayers`, `senders`, `sending`, `suppression`).
    link: Option<&'static str>,
}

/// What the check found.
#[derive(Serialize)]
pub struct Report {
    ready: bool,
    lines: Vec<Line>,
    audience: Value,
    finish_at: Option<String>,
    /// How many first messages leave on which day.
    calendar: Vec<Value>,
}

impl Report {
    /// The first thing that keeps the campaign from starting.
    pub fn first_error(&self) -> Option<String> {
        let line = self.lines.iter().find(|l| l.state == "error")?;
        Some(format!("{} {}", line.text, line.fix.as_deref().unwrap_or_default()).trim().to_owned())
    }

    fn say(
        &mut self,
        state: &'static str,
        code: &'static str,
        text: impl Into<String>,
        fix: Option<&str>,
        link: Option<&'static str>,
    ) {
        self.lines.push(Line { code, state, text: text.into(), fix: fix.map(str::to_owned), link });
    }
}

/// `GET /campaigns/{id}/check`
pub async fn run(ctx: Ctx, input: One) -> Result<Value> {
    let c = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(serde_json::to_value(report(&ctx, &c).await?)?)
}

/// Checks everything.
pub async fn report(ctx: &Ctx, c: &Campaign) -> Result<Report> {
    let mut report =
        Report { ready: false, lines: vec![], audience: Value::Null, finish_at: None, calendar: vec![] };
    let graph = crate::courses::graph_of(&ctx.app, &c.id).await?;
    for problem in validate_in(&graph, &crate::funnels::known(ctx).await?) {
        let is_error = problem.severity == Severity::Error || problem.code == NOT_CONNECTED;
        let state = if is_error { "error" } else { "warn" };
        report.say(state, "funnel", problem.message, Some(&problem.fix), Some("funnel"));
    }
    if c.event.is_none() && graph.names_event() {
        let text = "It names an event, and the campaign has none.";
        report.say(
            "error",
            "event",
            text,
            Some("Say what it invites to in the campaign's settings."),
            Some("settings"),
        );
    }
    let people = audience(ctx, c, &graph, &mut report).await?;
    approval(c, &graph, &mut report);
    senders(ctx, c, &graph, people, &mut report).await?;
    if c.windows == "[]" {
        report.say("ok", "hours", "Messages may leave at any hour", None, Some("settings"));
    } else {
        report.say(
            "ok",
            "hours",
            "Messages leave in the hours you chose, in each recipient's time zone",
            None,
            Some("settings"),
        );
    }
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    if workspace.send_mode == "live" {
        report.say("warn", "mode", "Live: real people will get these messages", None, Some("sending"));
    } else {
        report.say("ok", "mode", "Sandbox: nothing reaches a real person", None, None);
    }
    if workspace.stopped_at.is_some() {
        report.say(
            "warn",
            "stopped",
            "All sending is stopped: the campaign will wait",
            Some("An admin can resume it under Settings, Sending."),
            Some("sending"),
        );
    }
    report.ready = report.first_error().is_none();
    Ok(report)
}

async fn audience(ctx: &Ctx, c: &Campaign, graph: &Graph, report: &mut Report) -> Result<i64> {
    let audience: Audience = serde_json::from_str(&c.audience)?;
    let query = audience.query(ctx).await?;
    let (db, reach) = (&ctx.app.db, super::reach(ctx, c).await?);
    let total = contact::count(db, &reach, &query).await?;
    let suppressed = contact::suppressed(db, &reach, &query).await?;
    let without = |column: &'static str| contact::missing(db, &reach, &query, column);
    let (no_email, no_phone) = (without("contact.email").await?, without("contact.phone").await?);
    if total == 0 {
        report.say(
            "error",
            "audience",
            "Nobody is in the audience.",
            Some("Choose another audience in the campaign's settings, or import contacts."),
            Some("settings"),
        );
    } else {
        report.say("ok", "audience", format!("{} will be enrolled", people(total)), None, Some("settings"));
    }
    if suppressed > 0 {
        report.say(
            "warn",
            "suppressed",
            format!("{suppressed} of them must not be written to and will be left out"),
            None,
            Some("suppression"),
        );
    }
    for (channel, missing, what) in
        [(Channel::Email, no_email, "e-mail address"), (Channel::Sms, no_phone, "phone number")]
    {
        if graph.channels().contains(&channel) && missing > 0 && total > 0 {
            report.say(
                "warn",
                "address",
                format!("{missing} of {total} have no {what}: those steps are skipped for them"),
                Some("Fill it in on the contacts, or import a file that has it."),
                Some("contacts"),
            );
        }
    }
    let asked_for = store::workspace::get(db, &ctx.scope).await?.consent_channels();
    let needs = |channel: &Channel| domain::consent::is_needed(&asked_for, *channel, true);
    for channel in graph.channels().into_iter().filter(needs) {
        let what = channel.messages();
        let lacking = consent::lacking(db, &reach, &query, channel, ctx.app.clock.now()).await?;
        if lacking > 0 {
            report.say(
                "warn",
                "consent",
                format!("{lacking} of {total} have not agreed to get {what} from campaigns: they are held"),
                Some(
                    "Record their consent on the contacts, or no longer ask for it under Settings, Sending.",
                ),
                Some("contacts"),
            );
        }
    }
    let mut gaps = Vec::new();
    for field in required(graph) {
        let missing = contact::missing(db, &ctx.scope, &query, &field).await?;
        if missing > 0 {
            let fix = format!(
                "Add a fallback such as {{{{ {field} | default(\"there\") }}}}, or fill it in for them."
            );
            report.say(
                "warn",
                "coverage",
                format!("{missing} of {total} have no {field}: they are held, nothing empty is sent"),
                Some(&fix),
                Some("contacts"),
            );
            gaps.push(json!({ "field": field, "count": missing }));
        }
    }
    if gaps.is_empty() && total > 0 {
        report.say(
            "ok",
            "coverage",
            "Everybody has a value for every merge tag, or the text has a fallback",
            None,
            None,
        );
    }
    report.audience = json!({ "total": total, "suppressed": suppressed, "no_email": no_email, "no_phone": no_phone, "missing": gaps });
    Ok(total)
}

/// What somebody will have to look over.
fn approval(c: &Campaign, graph: &Graph, report: &mut Report) {
    let asks = |is_first: bool| {
        graph
            .nodes
            .iter()
            .filter_map(|node| node.action.message())
            .any(|message| c.approval.asks(message.approval, message.channel, is_first))
    };
    let text = match (asks(true), asks(false)) {
        (false, false) => return,
        (true, false) => "Somebody looks over the first message to each person in the send queue",
        _ => "Somebody looks over messages in the send queue before they leave",
    };
    report.say("ok", "approval", text, None, Some("settings"));
}

fn people(n: i64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

/// Contact fields that the texts use without a fallback.
fn required(graph: &Graph) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for node in &graph.nodes {
        let texts = node.action.message().into_iter().flat_map(|message| message.texts().collect::<Vec<_>>());
        for template in texts.filter_map(|text| Template::parse(text).ok()) {
            fields.extend(template.required().filter(|f| f.starts_with("contact.")).map(str::to_owned));
        }
    }
    fields
}

async fn senders(ctx: &Ctx, c: &Campaign, graph: &Graph, people: i64, report: &mut Report) -> Result<()> {
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let live = workspace.send_mode == "live";
    let pool = campaign::senders::pool(&ctx.app.db, &ctx.scope, &c.id).await?;
    let mut lanes = Vec::new();
    for channel in graph.channels() {
        if channel == Channel::Telegram {
            // It leaves from the own accounts of those whose contacts they are.
            devices(ctx, c, report).await?;
            continue;
        }
        let of_channel: Vec<&(Seat, Sender)> = pool.iter().filter(|(_, s)| s.channel == channel).collect();
        if of_channel.is_empty() {
            report.say(
                "error",
                "sender",
                format!("No sender is chosen for its {}.", channel.messages()),
                Some("Choose one in the campaign's settings, or add one under Settings, Senders, first."),
                Some("settings"),
            );
        }
        let mut working = Vec::new();
        for (seat, s) in of_channel {
            if sender(ctx, s, live, report)? {
                working.push((seat.weight, s));
            }
        }
        let weights: Vec<i64> = working.iter().map(|(weight, _)| *weight).collect();
        let shares = forecast::shares(people, &weights);
        let of_channel: Vec<Lane> =
            working.iter().zip(shares).map(|((_, s), people)| lane(ctx, &workspace, s, people)).collect();
        lanes.push(of_channel);
    }
    volume(ctx, c, &workspace, lanes, report);
    Ok(())
}

/// Whose contacts nothing would be carried for, since their owner has no device.
async fn devices(ctx: &Ctx, c: &Campaign, report: &mut Report) -> Result<()> {
    let audience: Audience = serde_json::from_str(&c.audience)?;
    let (query, reach) = (audience.query(ctx).await?, super::reach(ctx, c).await?);
    let lacking = contact::without_device(&ctx.app.db, &reach, &query, c.owner_id.as_ref()).await?;
    let count: i64 = lacking.iter().map(|one| one.people).sum();
    if count == 0 {
        report.say(
            "ok",
            "relayer",
            "Everybody's owner has a device that carries Telegram messages",
            None,
            None,
        );
        return Ok(());
    }
    let named: Vec<String> = lacking
        .iter()
        .map(|one| format!("{} ({})", one.name.as_deref().unwrap_or("nobody's contacts"), one.people))
        .collect();
    let text = format!(
        "Telegram messages to {} wait for a device. Their owners have no relayer: {}",
        people(count),
        named.join(", ")
    );
    let fix = "Let each of them pair a device under Settings, Relayers, or give the contacts to somebody who has one.";
    report.say("warn", "relayer", text, Some(fix), Some("relayers"));
    Ok(())
}

/// Whether a sender works; if not, the campaign cannot start with it.
fn sender(ctx: &Ctx, s: &Sender, live: bool, report: &mut Report) -> Result<bool> {
    let has_account = crate::senders::has_account(&ctx.app, s)?;
    match (s.status.as_str(), &s.problem) {
        ("active", _) if live && !has_account => {
            report.say(
                "error",
                "sender",
                format!("The sender {} has no account: it works in the sandbox only.", s.address),
                Some("Give it one under Settings, Senders, or choose another in the campaign's settings."),
                Some("senders"),
            );
            Ok(false)
        }
        ("active", _) => {
            let mut what = s.channel.messages().to_owned();
            if let Some(first) = what.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            report.say("ok", "sender", format!("{what} leave from {}", s.address), None, None);
            Ok(true)
        }
        (_, problem) => {
            let problem = problem.as_deref().unwrap_or("it is paused");
            let text = format!("The sender {} does not work: {problem}", s.address);
            let fix =
                "Repair or resume it under Settings, Senders, or choose another in the campaign's settings.";
            report.say("error", "sender", text, Some(fix), Some("senders"));
            Ok(false)
        }
    }
}

fn lane(ctx: &Ctx, workspace: &Workspace, s: &Sender, people: i64) -> Lane {
    let now = ctx.app.clock.now();
    let today = i64::from(schedule::local_day(&schedule::zone_for(None, None, &workspace.time_zone), now));
    Lane {
        people,
        rate: crate::guard::rate_of(s),
        daily_cap: s.daily_cap,
        ramp: crate::guard::ramp_of(workspace, s, now),
        used_today: if s.day == today { s.sent_today } else { 0 },
    }
}

/// When the last person will have had the first step, by the slowest channel.
fn volume(ctx: &Ctx, c: &Campaign, workspace: &Workspace, lanes: Vec<Vec<Lane>>, report: &mut Report) {
    let now = ctx.app.clock.now();
    let zone = schedule::zone_for(None, None, &workspace.time_zone);
    let hours = crate::guard::hours_of(workspace, Some(&c.windows), c.on_holidays == 1);
    let today = schedule::local_date(&zone, now);
    let minute = schedule::local_minute(&zone, now);
    let all = lanes.into_iter().map(|lanes| forecast::forecast(lanes, &hours, c.daily_cap, today, minute));
    let Some((days, left)) = all.max_by_key(|(days, left)| (*left, days.last().map(|day| day.date))) else {
        return;
    };
    report.calendar =
        days.iter().map(|day| json!({ "day": day.date.to_string(), "messages": day.messages })).collect();
    let Some(last) = days.last() else { return };
    if left > 0 {
        let text =
            format!("At these senders' limits {left} people would not get the first step within two years");
        let fix = "Add senders, or raise their limits under Settings, Senders.";
        report.say("warn", "volume", text, Some(fix), Some("senders"));
    } else if last.date > today {
        let text = format!(
            "At these limits the last person gets the first step about {}",
            schedule::day_in_words(last.date, today)
        );
        report.say("ok", "volume", text, None, None);
        report.finish_at =
            schedule::at(&zone, last.date, schedule::TimeOfDay::NOON).map(domain::time::rfc3339);
    }
}

/// What the check answers.
pub fn shape() -> Value {
    let line = object([
        ("code", text()),
        ("state", one_of(&["ok", "warn", "error"])),
        ("text", text()),
        ("fix", or_null(text())),
        ("link", or_null(text())),
    ]);
    let audience = object([
        ("total", integer()),
        ("suppressed", integer()),
        ("no_email", integer()),
        ("no_phone", integer()),
        ("missing", list_of(object([("field", text()), ("count", integer())]))),
    ]);
    object([
        ("ready", truth()),
        ("lines", list_of(line)),
        ("audience", audience),
        ("finish_at", or_null(instant())),
        ("calendar", list_of(object([("day", text()), ("messages", integer())]))),
    ])
}
