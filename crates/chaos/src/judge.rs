//! The three ledgers side by side: what the client was answered, what the outside saw, what the product says.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::time::sleep;

use crate::load::Ledger;
use crate::session::Session;
use crate::sink::{Line, Sink};
use crate::verdict::{Fault, Findings};
use crate::zombie::Pause;

/// How long an answer of the API may take now that nobody is hurt any more.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// How often the quiet phase looks.
const LOOK: Duration = Duration::from_millis(200);

fn soon() -> Instant {
    Instant::now() + ANSWER_LIMIT
}

/// How patient the quiet phase is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Messages that stay uncertain are waited for so long only: some are right to wait for a person.
    pub doubts: Duration,
    /// The longest wait for everything else.
    pub limit: Duration,
    /// Whether `limit` is longer than every lease of the product, so that what is not done by then never
    /// will be. Where it is not, what is late is counted and is no fault.
    pub is_final: bool,
}

/// Waits until every message has settled and every acknowledged webhook has had its effect, or patience is
/// over. What has not settled then is for the judge to tell.
pub async fn quiet(session: &Session, ledger: &Ledger, patience: Patience) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < patience.limit {
        let waits = waiting(session, "queued").await? || waiting(session, "sending").await?;
        let doubts = start.elapsed() < patience.doubts && waiting(session, "uncertain").await?;
        // What is proven absent is queued again: look at everything once more, in this order.
        if !waits && !doubts && !waiting(session, "queued").await? && all_arrived(session, ledger).await? {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Ok(())
}

async fn waiting(session: &Session, status: &str) -> Result<bool> {
    let page = session.get(&format!("/api/messages?direction=out&status={status}&limit=1"), soon()).await?;
    Ok(page["data"].as_array().is_some_and(|rows| !rows.is_empty()))
}

async fn all_arrived(session: &Session, ledger: &Ledger) -> Result<bool> {
    let rows = session.all("/api/messages?direction=in", soon()).await?;
    let texts: HashSet<&str> = rows.iter().filter_map(|row| row["text"].as_str()).collect();
    Ok(ledger.acknowledged().iter().all(|hook| texts.contains(hook.text.as_str())))
}

/// Compares everything. The pauses of nodes help to read what was sent twice.
pub async fn judge(
    session: &Session,
    ledger: &Ledger,
    sink: &Sink,
    patience: Patience,
    pauses: &[Pause],
) -> Result<Findings> {
    let mut findings = Findings::default();
    for refused in ledger.refused() {
        findings.fault(Fault::Refused, refused);
    }
    messages(session, ledger, sink, patience.is_final, pauses, &mut findings)
        .await
        .context("judging the messages")?;
    hooks(session, ledger, patience.is_final, &mut findings).await.context("judging the webhooks")?;
    findings.count("requests given up", ledger.given_up());
    Ok(findings)
}

async fn messages(
    session: &Session,
    ledger: &Ledger,
    sink: &Sink,
    is_final: bool,
    pauses: &[Pause],
    findings: &mut Findings,
) -> Result<()> {
    let rows = session.all("/api/messages?direction=out", soon()).await?;
    let listed = session.all("/api/messages?direction=out&status=uncertain", soon()).await?;
    let seen = sink.ledger().await?;
    let accepted = ledger.accepted();
    let listed: HashSet<&str> = listed.iter().filter_map(|row| row["id"].as_str()).collect();
    let by_id: HashMap<&str, &Value> =
        rows.iter().filter_map(|row| Some((row["id"].as_str()?, row))).collect();

    let mut texts: HashMap<&str, &str> = HashMap::new();
    let (mut left, mut doubtful, mut failed, mut late) = (0, 0, 0, 0);
    for (id, row) in &by_id {
        let times = seen.get(*id).map_or(0, |line| line.times);
        let status = row["status"].as_str().unwrap_or_default();
        match status {
            "sent" | "delivered" | "read" => {
                left += 1;
                if times == 0 {
                    findings.fault(Fault::Lost, format!("{id} is {status} and never left"));
                }
            }
            // Read a moment later: where not all is quiet yet, it may have settled in between.
            "uncertain" if listed.contains(id) || !is_final => doubtful += 1,
            "uncertain" => findings.fault(Fault::Lost, format!("{id} is uncertain and not listed")),
            "queued" | "sending" if !is_final => late += 1,
            "queued" | "sending" if times > 0 => {
                findings.fault(Fault::Wrong, format!("{id} left and is {status}"));
            }
            "queued" | "sending" => findings.fault(Fault::Stuck, format!("{id} is still {status}")),
            _ if times > 0 => findings.fault(Fault::Wrong, format!("{id} left and is {status}")),
            _ => failed += 1,
        }
        if let Some(text) = row["text"].as_str()
            && let Some(other) = texts.insert(text, id)
        {
            findings.fault(Fault::AcceptedTwice, format!("{id} and {other} are one request"));
        }
    }
    for (id, line) in seen.iter().filter(|(_, line)| line.times > 1) {
        findings.fault(Fault::SentTwice, format!("{id} left {} times{}", line.times, told(line, pauses)));
    }
    for message in &accepted {
        match by_id.get(message.id.as_str()) {
            None => findings.fault(Fault::Lost, format!("{} was accepted and is gone", message.id)),
            Some(row) if row["text"] == message.text.as_str() => {}
            Some(row) => {
                let text =
                    format!("{} was accepted as {:?} and says {}", message.id, message.text, row["text"]);
                findings.fault(Fault::Wrong, text);
            }
        }
    }
    for id in seen.keys().filter(|id| !by_id.contains_key(id.as_str())) {
        findings.fault(Fault::Lost, format!("{id} left and nobody knows it"));
    }
    findings.count("accepted", accepted.len());
    findings.count("left", left);
    findings.count("uncertain", doubtful);
    findings.count("failed", failed);
    if !is_final {
        findings.count("not waited for", late);
    }
    Ok(())
}

/// When a message left, and what stood still around it, in milliseconds from the first time.
fn told(line: &Line, pauses: &[Pause]) -> String {
    let mut text = format!(", the last time {} ms after the first", line.last_at - line.first_at);
    let near = |pause: &&Pause| pause.until > line.first_at - 10_000 && pause.from < line.last_at;
    for pause in pauses.iter().filter(near) {
        let (from, until) = (pause.from - line.first_at, pause.until - line.first_at);
        text += &format!(", node {} stood still from {from} to {until}", pause.node);
    }
    text
}

async fn hooks(session: &Session, ledger: &Ledger, is_final: bool, findings: &mut Findings) -> Result<()> {
    let rows = session.all("/api/messages?direction=in", soon()).await?;
    let acknowledged = ledger.acknowledged();
    let mut times: HashMap<&str, usize> = HashMap::new();
    let mut conversations: HashMap<&str, HashSet<&str>> = HashMap::new();
    for row in &rows {
        if let Some(text) = row["text"].as_str() {
            *times.entry(text).or_default() += 1;
        }
        if let (Some(from), Some(conversation)) =
            (row["from_address"].as_str(), row["conversation_id"].as_str())
        {
            conversations.entry(from).or_default().insert(conversation);
        }
    }
    let missing: Vec<_> =
        acknowledged.iter().filter(|hook| !times.contains_key(hook.text.as_str())).collect();
    if is_final {
        for hook in missing {
            findings.fault(Fault::HookLost, format!("{} was acknowledged and is nowhere", hook.sid));
        }
    } else {
        findings.count("webhooks not waited for", missing.len());
    }
    for (text, times) in times.iter().filter(|(_, times)| **times > 1) {
        findings.fault(Fault::HookTwice, format!("{text:?} is there {times} times"));
    }
    for (from, conversations) in conversations.iter().filter(|(_, several)| several.len() > 1) {
        findings.fault(Fault::SplitConversation, format!("{from} has {} conversations", conversations.len()));
    }
    findings.count("webhooks", acknowledged.len());
    Ok(())
}
