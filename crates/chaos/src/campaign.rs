//! A campaign under fire: workers on one PostgreSQL are killed at random while it writes to thousands of people on three
//! channels, one after the other, and a provider that fails in every way. Judged by what the outside has and what the
//! product says: nobody got anything twice, nothing is lost, nobody is stranded, and every doubt is listed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::database::Kind;
use crate::programs::Programs;
use crate::rig::{Plan, Rig};
use crate::session::{Board, Session};
use crate::sink::Mood;
use crate::storm::{TURN, Time, kill};
use crate::verdict::{Fault, Findings};

/// The campaign and its storm.
#[derive(Debug, Clone, Copy)]
pub struct CampaignStorm {
    /// Draws the faults and the instants.
    pub seed: u64,
    /// How long the nodes are hurt.
    pub seconds: u64,
    /// How many people it writes to.
    pub people: u32,
    /// Keep and name the folder.
    pub keep: bool,
}

/// Workers on one database.
const NODES: usize = 3;
/// The steps, in their order: node, kind, provider, and the channel as the outside names it.
const STEPS: [(&str, &str, &str, &str); 3] = [
    ("mail", "email_send", "smtp", "email"),
    ("text", "sms_send", "twilio", "sms"),
    ("call", "voicemail_drop", "slybroadcast", "voicemail"),
];
/// Slybroadcast takes no recording of less than five seconds.
const SCRIPT: &str =
    "Hello, this is Nora. I wanted to tell you about our open house on Friday. Call me when you like.";
/// The longest wait for the rest of the campaign in peace.
const QUIET_LIMIT: Duration = Duration::from_secs(240);
/// So long nothing changes when all is quiet: longer than a lease and the settle window.
const STILL: Duration = Duration::from_secs(8);
/// How often the quiet phase looks.
const LOOK: Duration = Duration::from_millis(500);
/// Milliseconds a node lives before it is killed: each kill leaves in doubt what the node had claimed, and a campaign that
/// is nothing but doubt proves little.
const LIFE_MS: RangeInclusive<u64> = 300..=4_000;
/// With fewer messages under way at the end of the storm it proves nothing.
const LEAST: u64 = 200;

impl CampaignStorm {
    /// Runs it and judges.
    pub async fn run(self, programs: &Programs) -> Result<Findings> {
        let turn = TURN.acquire().await?;
        let begun = Instant::now();
        let plan =
            Plan { seed: self.seed, database: Kind::Postgres, bug: None, lease_ms: 2_000, settle_ms: 3_000 };
        let rig = Rig::new(programs, plan).await?;
        let result = self.run_in(&rig).await;
        drop(turn);
        rig.close(self.keep).await?;
        result.map(|findings| findings.after(begun.elapsed()))
    }

    async fn run_in(self, rig: &Arc<Rig>) -> Result<Findings> {
        let file = rig.path().join("people.csv");
        std::fs::write(&file, people(self.people))?;
        let consent = ["--consent-channel", "voicemail", "--consent-source", "a form"];
        rig.import(&file, &consent).await?;
        let board = Board::new(NODES);
        let session = Session::new(board.clone(), rig.account.clone())?;
        let mut first = rig.start(0, None)?;
        board.set(0, Some(first.address().await?));
        let campaign = set_up(&session).await.context("setting the campaign up")?;
        rig.sink.set_mood(Mood::Bad).await?;
        post(&session, &format!("/api/campaigns/{campaign}/start"), json!({})).await?;
        board.set(0, None);
        first.kill().await?;

        let time = Time::of(self.seconds);
        time.proves();
        let (mut servers, kills) = kill(rig, &board, &time, NODES, LIFE_MS).await?;
        let mut under_way = 0;
        for (.., channel) in STEPS {
            under_way += rig.sink.count(channel).await?.distinct;
        }
        rig.sink.set_mood(Mood::Good).await?;
        quiet(&session, &campaign).await?;
        let mut findings = Findings::default();
        self.judge(rig, &session, &campaign, &mut findings).await?;
        if under_way < LEAST {
            findings
                .fault(Fault::TooLittle, format!("{under_way} messages had left when the storm was over"));
        }
        for server in &mut servers {
            server.still_runs()?;
        }
        for server in servers {
            server.kill().await?;
        }
        findings.count("left in the storm", usize::try_from(under_way)?);
        findings.count("kills", usize::try_from(kills)?);
        Ok(findings)
    }

    async fn judge(
        self,
        rig: &Rig,
        session: &Session,
        campaign: &str,
        findings: &mut Findings,
    ) -> Result<()> {
        let rows = session.all("/api/messages?direction=out", soon()).await?;
        let listed = session.all("/api/messages?direction=out&status=uncertain", soon()).await?;
        let listed: HashSet<&str> = listed.iter().filter_map(|row| row["id"].as_str()).collect();
        let mut by_person: HashMap<&str, BTreeMap<&str, &str>> = HashMap::new();
        let (mut sent, mut doubtful, mut failed) =
            (HashMap::<&str, u64>::new(), HashMap::<&str, u64>::new(), 0);
        for row in &rows {
            let text = |field: &str| row[field].as_str().unwrap_or_default();
            let (id, channel, person, status) =
                (text("id"), text("channel"), text("contact_id"), text("status"));
            if by_person.entry(person).or_default().insert(channel, status).is_some() {
                findings.fault(Fault::AcceptedTwice, format!("{person} has two messages on {channel}"));
            }
            match status {
                "sent" | "delivered" | "read" => *sent.entry(channel).or_default() += 1,
                "uncertain" if listed.contains(id) => *doubtful.entry(channel).or_default() += 1,
                "uncertain" => findings.fault(Fault::Lost, format!("{id} is uncertain and not listed")),
                "queued" | "sending" => findings.fault(Fault::Stuck, format!("{id} is still {status}")),
                _ => {
                    failed += 1;
                    findings.fault(Fault::Wrong, format!("{id} is {status}: {}", row["error"]));
                }
            }
        }
        for (.., channel) in STEPS {
            let outside = rig.sink.count(channel).await?;
            let (sent, doubtful) = (*sent.get(channel).unwrap_or(&0), *doubtful.get(channel).unwrap_or(&0));
            if outside.duplicates > 0 {
                findings.fault(Fault::SentTwice, format!("{} on {channel} left twice", outside.duplicates));
            }
            if outside.distinct < sent {
                let text = format!("{sent} on {channel} are called sent, {} left", outside.distinct);
                findings.fault(Fault::Lost, text);
            }
            if outside.distinct > sent + doubtful {
                let text = format!(
                    "{} on {channel} left, {sent} are called sent, {doubtful} in doubt",
                    outside.distinct
                );
                findings.fault(Fault::Wrong, text);
            }
        }
        self.stranded(session, campaign, &by_person, findings).await?;
        findings.count("people", by_person.len());
        findings.count("messages", rows.len());
        findings.count("uncertain", usize::try_from(doubtful.values().sum::<u64>())?);
        findings.count("failed", failed);
        Ok(())
    }

    /// Whoever has not got everything waits for a message that is in doubt, or has left for a reason.
    async fn stranded(
        self,
        session: &Session,
        campaign: &str,
        by_person: &HashMap<&str, BTreeMap<&str, &str>>,
        findings: &mut Findings,
    ) -> Result<()> {
        let enrolled = session.all(&format!("/api/campaigns/{campaign}/people"), soon()).await?;
        if enrolled.len() != self.people as usize {
            findings.fault(Fault::Lost, format!("{} of {} are in the campaign", enrolled.len(), self.people));
        }
        for row in &enrolled {
            let person = row["contact_id"].as_str().or(row["contact"]["id"].as_str()).unwrap_or_default();
            let messages = by_person.get(person);
            let has_doubt = messages.is_some_and(|all| all.values().any(|status| *status == "uncertain"));
            let has_all = messages.is_some_and(|all| all.len() == STEPS.len());
            match row["status"].as_str().unwrap_or_default() {
                "completed" if has_all => {}
                "completed" => {
                    findings.fault(Fault::Lost, format!("{person} is through and got {messages:?}"))
                }
                "active" | "waiting" if has_doubt => {}
                status @ ("active" | "waiting") => {
                    findings.fault(Fault::Stuck, format!("{person} is {status} and got {messages:?}"));
                }
                "exited" | "paused" | "failed" => {
                    findings.fault(Fault::Wrong, format!("{person} left the campaign: {row}"));
                }
                status => findings.fault(Fault::Wrong, format!("{person} is {status}")),
            }
        }
        Ok(())
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Different people, for whom it is noon.
fn people(count: u32) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let hour = i64::try_from(seconds / 3_600 % 24).unwrap_or_default();
    // Zones of that family are named by what is to be added to reach UTC.
    let zone = match hour - 12 {
        0 => "Etc/UTC".to_owned(),
        away => format!("Etc/GMT{away:+}"),
    };
    let mut text = String::from("email,phone,first name,time zone\n");
    for n in 0..count {
        writeln!(text, "p{n}@people.example,+1202555{:04},P{n},{zone}", 1_000 + n)
            .expect("a string takes everything");
    }
    text
}

async fn post(session: &Session, path: &str, body: Value) -> Result<Value> {
    let answer = session.ask(0, Method::POST, path, Some(&body), soon()).await;
    let answer = answer.with_context(|| format!("no node answered POST {path} in time"))?;
    ensure!(answer.status.is_success(), "POST {path} was answered {}: {}", answer.status, answer.body);
    Ok(answer.body)
}

/// Senders without limits, the funnel and the campaign; its id.
async fn set_up(session: &Session) -> Result<String> {
    post(session, "/api/settings/send-mode", json!({ "mode": "sandbox" })).await?;
    let mut senders = Vec::new();
    for (at, (_, _, provider, channel)) in STEPS.into_iter().enumerate() {
        let address =
            if channel == "email" { "chaos@ours.example".to_owned() } else { format!("+1202555019{at}") };
        let new = json!({ "provider": provider, "name": "Chaos", "address": address });
        senders.push(json!({ "sender_id": post(session, "/api/senders", new).await?["id"] }));
    }
    let config = |kind: &str| match kind {
        "email_send" => json!({ "subject": "Hello", "body": "Hello {{ contact.first_name }}" }),
        "voicemail_drop" => json!({ "body": SCRIPT }),
        _ => json!({ "body": "Hello {{ contact.first_name }}" }),
    };
    let step = |(key, kind, ..): &(&str, &str, &str, &str)| json!({ "key": key, "type": kind, "name": "", "config": config(kind) });
    let mut nodes: Vec<Value> = STEPS.iter().map(step).collect();
    nodes.push(json!({ "key": "end", "type": "exit", "name": "", "config": {} }));
    let keys: Vec<Value> = nodes.iter().map(|node| node["key"].clone()).collect();
    let edges: Vec<Value> = keys.windows(2).map(|two| json!({ "from": two[0], "to": two[1] })).collect();
    let graph = json!({ "nodes": nodes, "edges": edges });
    let funnel = post(session, "/api/funnels", json!({ "name": "Storm", "graph": graph })).await?;
    let campaign = json!({
        "name": "Storm", "funnel_id": funnel["id"], "audience": { "all": true }, "senders": senders,
    });
    let campaign = post(session, "/api/campaigns", campaign).await?;
    campaign["id"].as_str().map(str::to_owned).context("a campaign without an id")
}

/// Waits until nobody is on their way any more but those whose message is in doubt, and nothing has changed for longer
/// than a doubt takes to settle; or until patience is over.
async fn quiet(session: &Session, campaign: &str) -> Result<()> {
    let start = Instant::now();
    let (mut last, mut since) = (None, Instant::now());
    while start.elapsed() < QUIET_LIMIT {
        let mut waits = false;
        for path in [
            "/api/messages?direction=out&status=queued&limit=1".to_owned(),
            "/api/messages?direction=out&status=sending&limit=1".to_owned(),
            format!("/api/campaigns/{campaign}/people?status=active&limit=1"),
        ] {
            let page = session.get(&path, soon()).await?;
            waits |= page["data"].as_array().is_some_and(|rows| !rows.is_empty());
        }
        let waiting =
            session.all(&format!("/api/campaigns/{campaign}/people?status=waiting"), soon()).await?.len();
        let doubts = session.all("/api/messages?direction=out&status=uncertain", soon()).await?.len();
        if waits || waiting > doubts || last != Some((waiting, doubts)) {
            (last, since) = (Some((waiting, doubts)), Instant::now());
        } else if since.elapsed() > STILL {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Ok(())
}
