//! What stands against a draft, beside it: the rules that decide when it leaves, asked beforehand, and what can be seen
//! in its text.

use crate::{error::Result, guard, relayers, tool::Ctx};
use domain::{
    draft::{self, Check, Weight},
    guard::Verdict,
    ids::MessageId,
    message::Status,
};
use std::collections::HashMap;
use store::{draft::Draft, outbox::Candidate, sender::Sender, workspace::Workspace};

/// A wait that is shorter than this is no news, in milliseconds.
const SOON_MS: i64 = 10 * 60_000;

/// What is known about one draft.
#[derive(Default)]
pub struct Checked {
    /// The weightiest first.
    pub checks: Vec<Check>,
    /// When it would leave; `None` where something stands in its way for good.
    pub send_at: Option<i64>,
}

/// The checks of drafts that have not left. Others have none.
pub async fn of(ctx: &Ctx, drafts: &[Draft]) -> Result<HashMap<MessageId, Checked>> {
    let open: Vec<&Draft> = drafts
        .iter()
        .filter(|d| matches!(d.status, Status::Draft | Status::Approved | Status::Queued | Status::Failed))
        .collect();
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    let now = ctx.app.clock.now();
    let ids: Vec<&MessageId> = open.iter().map(|d| &d.id).collect();
    let found = store::outbox::candidates_among(&ctx.app.db, &ctx.scope, &ids, now).await?;
    let candidates: HashMap<MessageId, Candidate> = found.into_iter().map(|c| (c.id.clone(), c)).collect();
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let senders: HashMap<_, Sender> = store::sender::list(&ctx.app.db, &ctx.scope)
        .await?
        .into_iter()
        .map(|sender| (sender.id.clone(), sender))
        .collect();
    let since = ctx.app.real_ms() - relayers::ACTIVE_MS;
    let devices = store::api_key::active_relayers(&ctx.app.db, &ctx.scope, since).await?;
    let mut checked = HashMap::with_capacity(open.len());
    for draft in open {
        let (Some(candidate), Some(sender)) = (candidates.get(&draft.id), senders.get(&draft.sender_id))
        else {
            continue;
        };
        let has_device = draft.carrier_id.as_ref().is_none_or(|member| devices.contains_key(member));
        checked.insert(draft.id.clone(), check(&workspace, sender, draft, candidate, has_device, now));
    }
    Ok(checked)
}

fn check(
    workspace: &Workspace,
    sender: &Sender,
    draft: &Draft,
    candidate: &Candidate,
    has_device: bool,
    now: i64,
) -> Checked {
    let mut checks = draft::of_text(draft.channel, draft.subject.as_deref(), &draft.text);
    let mut send_at = Some(draft.not_before.0.max(now));
    for verdict in guard::objections(workspace, sender, candidate, now) {
        let Some(reason) = verdict.reason().cloned() else { continue };
        let weight = match verdict {
            Verdict::Hold { until, .. } => {
                send_at = match (send_at, until) {
                    (Some(at), Some(until)) => Some(at.max(until)),
                    _ => None,
                };
                if until.is_some_and(|until| until - now < SOON_MS) {
                    continue;
                }
                Weight::Wait
            }
            _ => {
                send_at = None;
                Weight::Stop
            }
        };
        checks.push(Check::new(reason.code, label(reason.code), reason.text, weight));
    }
    if let Some(before) = draft.written_at.filter(|at| now - at.0 < draft::DUPLICATE_MS) {
        let days = (now - before.0) / (24 * 3_600_000);
        let when = match days {
            0 => "within the last day".to_owned(),
            1 => "yesterday".to_owned(),
            n => format!("{n} days ago"),
        };
        let text = format!("Another message to them was written here {when}.");
        checks.push(Check::new("message.duplicate", "Written lately", text, Weight::Note));
    }
    checks.sort_by_key(|check| check.weight);
    // Last: it says the same of all of them.
    if !has_device {
        let text =
            "No device of its owner has asked for messages in the last two minutes: it waits until one does.";
        checks.push(Check::new("relayer.away", "No device", text, Weight::Wait));
    }
    Checked { checks, send_at }
}

/// A reason in a word or two.
fn label(code: &str) -> &'static str {
    match code {
        "sending.stopped" => "Sending stopped",
        "sender.paused" => "Sender paused",
        "sender.broken" => "Sender broken",
        "address.suppressed" => "Suppressed",
        "consent.missing" => "No consent",
        "campaign.paused" => "Campaign paused",
        "campaign.not_started" => "Not started",
        "campaign.over" => "Campaign over",
        "message.scheduled" => "Scheduled",
        "window.closed" | "window.never" => "Quiet hours",
        "channel.window_closed" => "Window closed",
        "sender.daily_cap" => "Daily limit",
        "sender.rate" => "Pace",
        "enrollment.replied" => "They replied",
        _ => "Campaign ended",
    }
}
