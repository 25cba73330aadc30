//! The launch check: everything that can be known before the first message leaves, line by line, with
//! what to do about it.

use super::{Audience, One};
use crate::shape::{instant, integer, list_of, object, one_of, or_null, text, truth};
use crate::{error::Result, tool::Ctx};
use domain::{
    Channel,
    funnel::{Action, Graph, NOT_CONNECTED, Severity, validate_in},
    template::Template,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{
    campaign::{self, Campaign},
    consent, contact, sender,
};

#[derive(Serialize)]
struct Line {
    code: &'static str,
    state: &'static str,
    text: String,
    fix: Option<String>,
    /// The place that mends it: a part of the campaign (`funnel`, `people`, `settings`) or a page
    /// (`contacts`, `import`, `senders`, `sending`, `suppression`).
    link: Option<&'static str>,
}

/// What the check found.
#[derive(Serialize)]
pub struct Report {
    ready: bool,
    lines: Vec<Line>,
    audience: Value,
    finish_at: Option<String>,
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
    let mut report = Report { ready: false, lines: vec![], audience: Value::Null, finish_at: None };
    let graph = crate::courses::graph_of(&ctx.app, &c.id).await?;
    for problem in validate_in(&graph, &crate::funnels::known(ctx).await?) {
        let is_error = problem.severity == Severity::Error || problem.code == NOT_CONNECTED;
        let state = if is_error { "error" } else { "warn" };
        report.say(state, "funnel", problem.message, Some(&problem.fix), Some("funnel"));
    }
    let people = audience(ctx, c, &graph, &mut report).await?;
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
    for channel in graph.channels().into_iter().filter(|channel| asked_for.contains(channel)) {
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

fn people(n: i64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

/// Contact fields that the texts use without a fallback.
fn required(graph: &Graph) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for node in &graph.nodes {
        let texts: Vec<&str> = match &node.action {
            Action::EmailSend { subject, body, .. } => vec![subject, body],
            Action::SmsSend { body } => vec![body],
            _ => vec![],
        };
        for template in texts.into_iter().filter_map(|t| Template::parse(t).ok()) {
            fields.extend(template.required().filter(|f| f.starts_with("contact.")).map(str::to_owned));
        }
    }
    fields
}

async fn senders(ctx: &Ctx, c: &Campaign, graph: &Graph, people: i64, report: &mut Report) -> Result<()> {
    let mut slowest = 0;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let live = workspace.send_mode == "live";
    for (channel, id) in [(Channel::Email, &c.email_sender_id), (Channel::Sms, &c.sms_sender_id)] {
        if !graph.channels().contains(&channel) {
            continue;
        }
        let Some(id) = id else {
            report.say(
                "error",
                "sender",
                format!(
                    "No sender is chosen for its {}.",
                    if channel == Channel::Email { "e-mails" } else { "texts" }
                ),
                Some("Choose one in the campaign's settings, or add one under Settings, Senders, first."),
                Some("settings"),
            );
            continue;
        };
        let s = sender::get(&ctx.app.db, &ctx.scope, id).await?;
        let has_account = crate::senders::has_account(&ctx.app, &s)?;
        match (s.status.as_str(), s.problem) {
            ("active", _) if live && !has_account => {
                report.say(
                    "error",
                    "sender",
                    format!("The sender {} has no account: it works in the sandbox only.", s.address),
                    Some(
                        "Give it one under Settings, Senders, or choose another in the campaign's settings.",
                    ),
                    Some("senders"),
                );
            }
            ("active", _) => {
                let what = if channel == Channel::Email { "E-mails leave" } else { "Texts leave" };
                report.say("ok", "sender", format!("{what} from {}", s.address), None, None)
            }
            (_, problem) => {
                let text = format!(
                    "The sender {} does not work: {}",
                    s.address,
                    problem.unwrap_or_else(|| "it is paused".into())
                );
                report.say(
                    "error",
                    "sender",
                    text,
                    Some("Repair or resume it under Settings, Senders, or choose another in the campaign's settings."),
                    Some("senders"),
                );
            }
        }
        let by_cap = s.daily_cap.map_or(0, |cap| people / cap.max(1) * 86_400_000);
        let by_rate = s.rate_per_minute.map_or(0, |rate| people * 60_000 / rate.max(1));
        slowest = slowest.max(by_cap).max(by_rate);
    }
    if people > 0 && slowest > 0 {
        let at = ctx.app.clock.now() + slowest;
        let zone = domain::schedule::zone_for(None, None, &workspace.time_zone);
        let words = domain::schedule::in_words(&zone, at, ctx.app.clock.now());
        report.say(
            "ok",
            "volume",
            format!("At these senders' limits the last person gets the first step about {words}"),
            None,
            None,
        );
        report.finish_at = Some(domain::time::rfc3339(at));
    }
    Ok(())
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
    ])
}
