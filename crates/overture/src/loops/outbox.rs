//! The dispatcher: queued messages leave (reliability.md section 2, steps 2 to 5).
//!
//! Each sender with work has a task of its own, so that one that hangs holds up nobody. The task claims a
//! batch (guards checked, intent committed), calls the provider for each with a gate that is asked right
//! before the bytes leave, and hands what came of it to the recorder, which commits many at once.

use crate::{
    app::App,
    clock::boot_ms,
    engagement,
    error::Result,
    guard,
    http::voice_webhooks,
    loops::{
        Stop,
        flights::Flight,
        rests::{self, Connection, Run},
    },
    recordings,
};
use domain::{
    Channel,
    ids::{EventId, SenderId, WorkspaceId},
    limits,
    message::Status,
    retry,
};
use futures::StreamExt;
use providers::{Api, Class, Fail, Gate, Outgoing, Receipt};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{
    outbox::{self, Candidate, Claim, Outcome, Terms},
    sender::Sender,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

/// Most messages in one claim.
const BATCH: usize = 1_024;
/// How long the messages of one claim take to leave, as far as a sender's last claim tells: long enough that a commit
/// serves many of them, and far less than half a lease.
const CLAIM_TAKES: Duration = Duration::from_millis(300);
/// Messages in the first claim, before it is known how fast they leave.
const FIRST_CLAIM: i64 = 32;
/// Most messages of one sender under way at once, by channel: an SMTP server is not asked for more
/// connections than it likes, an HTTP API takes many requests.
const fn in_flight(channel: Channel) -> usize {
    match channel {
        Channel::Email => 10,
        // Voices are rented by how many speak at once.
        Channel::Voicemail => 4,
        _ => 128,
    }
}

/// Something recorded, with where to tell it.
struct Done {
    outcome: Outcome,
    conversation: String,
}

/// Runs until `stop`, then waits for what is in flight.
pub async fn dispatch(app: Arc<App>, mut stop: Stop) {
    let (recorder, outcomes) = mpsc::channel(4 * BATCH);
    let recording = tokio::spawn(record(app.clone(), outcomes));
    let busy: Arc<Mutex<HashSet<SenderId>>> = Arc::default();
    let mut tasks = JoinSet::new();
    #[cfg(feature = "planted-bugs")]
    if crate::planted("requeue_on_boot")
        && let Err(error) = outbox::requeue_all(&app.db).await
    {
        tracing::error!(%error, "requeue");
    }
    while !*stop.borrow() {
        if let Err(error) = store::draft::promote(&app.db, app.clock.now()).await {
            tracing::error!(%error, "approved messages could not be handed to their senders");
        }
        match store::sender::with_work(&app.db, app.clock.now()).await {
            Ok(senders) => {
                for id in senders {
                    if busy.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone()) {
                        tasks.spawn(serve(app.clone(), id, recorder.clone(), busy.clone(), stop.clone()));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the dispatcher cannot see its work"),
        }
        while tasks.try_join_next().is_some() {}
        tokio::select! {
            () = app.wake.outbox.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
    while tasks.join_next().await.is_some() {}
    drop(recorder);
    if let Err(error) = recording.await {
        tracing::error!(%error, "the recorder ended early");
    }
}

/// One round by itself, for whoever runs no loops: every sender that has something due is served until it has
/// nothing more, and what came of it is recorded. Returns how many messages were claimed or withdrawn.
pub async fn drain(app: &Arc<App>) -> Result<usize> {
    let (recorder, outcomes) = mpsc::channel(4 * BATCH);
    let recording = tokio::spawn(record(app.clone(), outcomes));
    let (running, stop) = tokio::sync::watch::channel(false);
    let busy: Arc<Mutex<HashSet<SenderId>>> = Arc::default();
    let mut tasks = JoinSet::new();
    store::draft::promote(&app.db, app.clock.now()).await?;
    for id in store::sender::with_work(&app.db, app.clock.now()).await? {
        tasks.spawn(serve(app.clone(), id, recorder.clone(), busy.clone(), stop.clone()));
    }
    drop(recorder);
    let mut taken = 0;
    while let Some(served) = tasks.join_next().await {
        taken += served.map_err(anyhow::Error::from)?;
    }
    recording.await.map_err(anyhow::Error::from)?;
    drop(running);
    Ok(taken)
}

/// Serves one sender until it has nothing due. Returns how many messages it claimed or withdrew.
async fn serve(
    app: Arc<App>,
    id: SenderId,
    recorder: mpsc::Sender<Done>,
    busy: Arc<Mutex<HashSet<SenderId>>>,
    stop: Stop,
) -> usize {
    let mut taken = 0;
    let mut flights = JoinSet::new();
    let mut room: Option<Arc<Semaphore>> = None;
    let mut limit = FIRST_CLAIM;
    let run = Arc::new(Run::default());
    while !*stop.borrow() && run.goes_on() {
        let claimed_boot = boot_ms();
        let (claim, flights_of_it) = match claim(&app, &id, limit).await {
            Ok(Some(claimed)) => claimed,
            Ok(None) => break,
            Err(error) => {
                tracing::error!(%error, sender = %id, "a claim failed");
                break;
            }
        };
        taken += claim.messages.len() + claim.dropped.len();
        run.begin(claim.failures);
        for (_, conversation) in &claim.dropped {
            app.tell_conversation(&claim.workspace.id, conversation);
        }
        // What was put off makes room at the head of the queue: behind it may be what can leave.
        if claim.messages.is_empty() && claim.put_off == 0 && claim.dropped.is_empty() {
            break;
        }
        let width = in_flight(claim.sender.channel);
        limit = limit.max(least_claim(width));
        let room =
            room.get_or_insert_with(|| Arc::new(Semaphore::new(in_flight(claim.sender.channel)))).clone();
        let gate = Arc::new(Deadline::new(&app, &claim.workspace.id, claimed_boot, run.clone()));
        flights.spawn(fly(app.clone(), claim, flights_of_it, gate, room, recorder.clone()));
        // Two batches overlap: one is being sent while the next is claimed.
        while flights.len() >= 2 {
            if let Some(Ok((messages, took))) = flights.join_next().await {
                limit = claim_size(messages, took, width);
            }
        }
    }
    while flights.join_next().await.is_some() {}
    busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    taken
}

/// How many messages to claim next, when so many took so long: no fewer than are under way at once twice over, and at
/// most four times as many as before.
fn claim_size(messages: usize, took: Duration, width: usize) -> i64 {
    let fits = messages as f64 * CLAIM_TAKES.as_secs_f64() / took.as_secs_f64().max(0.001);
    (fits as usize).min(4 * messages).min(BATCH).max(least_claim(width) as usize) as i64
}

/// As many as are under way at once, twice over: while half of them are on their way, the others are there.
fn least_claim(width: usize) -> i64 {
    (2 * width).min(BATCH) as i64
}

async fn claim(app: &Arc<App>, id: &SenderId, limit: i64) -> Result<Option<(Claim, Vec<Flight>)>> {
    let now = app.clock.now();
    let lease_ms = app.config.lease_ms;
    let probe_ms = (lease_ms as f64 * app.clock.speed()) as i64;
    let terms = Terms { owner: &app.node, lease_ms, limit, probe_ms, now, prints: &app.keys };
    let pacing = guard::Pacing::at(&app.clock);
    let _until_known = app.flights.claiming().await;
    let claim = outbox::claim(
        &app.db,
        id,
        terms,
        |workspace, sender| pacing.allowed(workspace, sender),
        |workspace, sender, candidate| guard::counters(workspace, sender, candidate, now),
        |workspace, sender, candidate, counts| guard::rule(workspace, sender, candidate, counts, now),
        |workspace, sender, used| pacing.used(workspace, sender, used),
    );
    let Some(claim) = claim.await? else { return Ok(None) };
    // What was claimed from a database that went back stays claimed: its lease ends, and it is in doubt.
    if claim.claims > 0 && !app.witness.note(id, claim.claims) && crate::restored::went_back(app).await? {
        return Ok(None);
    }
    let flights = claim.messages.iter().map(|message| app.flights.take_off(&message.id)).collect();
    Ok(Some((claim, flights)))
}

/// The last question before the bytes leave: is the claim still young, is nothing stopped, and does nobody rest?
struct Deadline {
    claimed_boot: i64,
    half_lease: i64,
    workspace: WorkspaceId,
    stops: Arc<crate::guard::Stops>,
    run: Arc<Run>,
}

impl Deadline {
    fn new(app: &App, workspace: &WorkspaceId, claimed_boot: i64, run: Arc<Run>) -> Self {
        Self {
            claimed_boot,
            half_lease: app.config.lease_ms / 2,
            workspace: workspace.clone(),
            stops: app.stops.clone(),
            run,
        }
    }
}

impl Gate for Deadline {
    fn may_send(&self) -> bool {
        #[cfg(feature = "planted-bugs")]
        if crate::planted("no_deadline") {
            return true;
        }
        boot_ms() - self.claimed_boot < self.half_lease
            && self.run.goes_on()
            && self.stops.may_send(&self.workspace)
    }

    fn patience(&self) -> Duration {
        let left = self.half_lease - (boot_ms() - self.claimed_boot);
        Duration::from_millis(left.max(0).unsigned_abs())
    }
}

/// Sends a claimed batch. Returns how many messages it was, and how long they took.
async fn fly(
    app: Arc<App>,
    claim: Claim,
    flights: Vec<Flight>,
    gate: Arc<Deadline>,
    room: Arc<Semaphore>,
    recorder: mpsc::Sender<Done>,
) -> (usize, Duration) {
    let (began, messages) = (boot_ms(), claim.messages.len());
    let api = app.outside.api(&app.keys, &claim.workspace, &claim.sender);
    let width = in_flight(claim.sender.channel);
    let is_probe = claim.is_probe;
    let (workspace, sender) = (Arc::new(claim.workspace), Arc::new(claim.sender));
    let sends = futures::stream::iter(claim.messages.into_iter().zip(flights)).map(|(message, flight)| {
        let (app, api, gate, room, recorder) =
            (app.clone(), api.clone(), gate.clone(), room.clone(), recorder.clone());
        let (workspace, sender) = (workspace.clone(), sender.clone());
        async move {
            let Ok(_seat) = room.acquire().await else { return };
            let gate_of_it = gate.clone();
            let result = match api {
                Ok(api) => send(&app, api.as_ref(), &sender, &message, gate, &recorder, &workspace.id).await,
                Err(fail) => Err(fail),
            };
            let connection =
                Connection { workspace: &workspace.id, sender: &sender.id, is_probe, run: &gate_of_it.run };
            rests::note(&app, &connection, &result).await;
            if let Err(fail) = &result {
                react(&app, &workspace.id, &sender, &message, fail).await;
            }
            let done = Done {
                outcome: judge(&app, &workspace.id, &sender, &message, is_probe, result),
                conversation: message.conversation_id.to_string(),
            };
            if recorder.send(done).await.is_err() {
                tracing::error!("the recorder is gone; the lease will end and the message become uncertain");
            }
            drop(flight);
        }
    });
    sends.buffer_unordered(width).for_each(|()| async {}).await;
    (messages, Duration::from_millis((boot_ms() - began).unsigned_abs()))
}

async fn send(
    app: &App,
    api: &dyn Api,
    sender: &Sender,
    message: &Candidate,
    gate: Arc<dyn Gate>,
    _recorder: &mpsc::Sender<Done>,
    _workspace: &WorkspaceId,
) -> Result<Receipt, Fail> {
    if !gate.may_send() {
        return Err(Fail::new(Class::GaveBack, "The claim was too old, or sending was stopped"));
    }
    #[cfg(feature = "planted-bugs")]
    if crate::planted("mark_sent_first") {
        let receipt = Receipt { provider_message_id: message.id.to_string() };
        let outcome = judge(app, _workspace, sender, message, false, Ok(receipt));
        outbox::record(&app.db, &app.node, &[outcome], app.clock.now()).await.ok();
    }
    let mut out = outgoing(app, sender, message);
    if let Some(voice) = api.voice() {
        let spoken = recordings::spoken(app, &sender.workspace_id, voice, &message.id, &message.body);
        out.audio_url = Some(spoken.await?);
    }
    api.send(&out, gate).await
}

/// The message as the provider gets it.
pub fn outgoing(app: &App, sender: &Sender, message: &Candidate) -> Outgoing {
    let mut out = Outgoing {
        message_id: message.id.to_string(),
        to: message.to_address.clone(),
        from: message.from_address.clone(),
        from_name: sender.name.clone(),
        subject: message.subject.clone(),
        text: message.body.clone(),
        rfc_message_id: message.rfc_message_id.clone(),
        in_reply_to: message.in_reply_to.clone(),
        references: message
            .reference_ids
            .as_deref()
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        date_ms: message.created_at.0,
        ..Outgoing::default()
    };
    match sender.channel {
        Channel::Email => engagement::dress(app, sender, message, &mut out),
        Channel::Whatsapp | Channel::Messenger => {
            out.approved = message.approved.as_deref().and_then(|text| serde_json::from_str(text).ok());
            let window = limits::window(sender.channel, message.last_inbound, app.clock.now());
            out.late_answer = matches!(window, limits::Window::PersonOnly(_));
        }
        Channel::Voicemail => {
            out.status_callback = Some(voice_webhooks::postback(app, &sender.id, &message.id));
            out.date_ms = app.clock.now();
            out.until_ms = guard::calls_until(message, app.clock.now());
        }
        _ if sender.provider != "twilio" => out.is_agreed = message.is_agreed,
        _ => out.status_callback = Some(format!("{}/api/twilio/status?m={}", app.public_url(), message.id)),
    }
    out
}

/// What an answer means for the message (step 5).
fn judge(
    app: &App,
    workspace: &WorkspaceId,
    sender: &Sender,
    message: &Candidate,
    is_probe: bool,
    result: Result<Receipt, Fail>,
) -> Outcome {
    let now = app.clock.now();
    let mut outcome = Outcome {
        id: message.id.clone(),
        workspace_id: workspace.clone(),
        attempt: message.attempt,
        spared: 0,
        status: Status::Sent,
        provider_message_id: None,
        not_before: None,
        settle_ms: settle_ms(app, sender.channel),
        code: None,
        class: None,
        text: None,
        contact_id: message.contact_id.clone(),
        campaign_id: message.campaign_id.clone(),
        enrollment_id: message.enrollment_id.clone(),
        node_key: message.node_key.clone(),
        event_id: store::new_id(EventId::from_uuid),
    };
    let fail = match result {
        Ok(receipt) => {
            outcome.provider_message_id = Some(receipt.provider_message_id);
            return outcome;
        }
        Err(fail) => fail,
    };
    // What was not tried, and what only showed that the provider is still away, is not held against the message.
    let is_spared = fail.class == Class::GaveBack || (is_probe && fail.class == Class::Retry);
    outcome.spared = i64::from(is_spared);
    let attempt = u32::try_from(message.attempt - message.spared).unwrap_or(u32::MAX);
    outcome.status = match fail.class {
        Class::GaveBack => Status::Queued,
        Class::Retry if is_spared => Status::Queued,
        Class::Retry | Class::Throttle if attempt < retry::MAX_ATTEMPTS || fail.class == Class::Throttle => {
            Status::Queued
        }
        #[cfg(feature = "planted-bugs")]
        Class::Unknown if crate::planted("retry_on_doubt") => Status::Queued,
        Class::Unknown => Status::Uncertain,
        // The sender is at fault, not the message: it waits until somebody mends the sender.
        Class::Reauth | Class::Config => Status::Queued,
        _ => Status::Failed,
    };
    // What was given back is due as before, unless it is known that there is no place for it yet.
    let may_go_at_once = fail.class == Class::GaveBack && fail.retry_after_ms.is_none();
    if outcome.status == Status::Queued && !may_go_at_once {
        // Never in the same moment: what was behind it comes first.
        let wait = retry::delay_ms(attempt, fail.retry_after_ms, jitter(&message.id)).max(1);
        outcome.not_before = Some(now + wait);
    }
    outcome.code = fail.code;
    outcome.class = Some(fail.class.to_string());
    outcome.text = Some(fail.message);
    outcome
}

/// Spreads retries without a random source: messages differ, so their delays differ.
fn jitter(id: &domain::ids::MessageId) -> f64 {
    let sum = id.as_str().bytes().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    f64::from(sum % 1000) / 1000.0
}

/// How long doubt rests, in real milliseconds.
pub fn settle_ms(app: &App, channel: Channel) -> i64 {
    #[cfg(feature = "planted-bugs")]
    if crate::planted("no_settle") {
        return 0;
    }
    app.config.settle_ms.unwrap_or(channel.settle_ms())
}

/// What a failure means beyond its message.
async fn react(app: &Arc<App>, workspace: &WorkspaceId, sender: &Sender, message: &Candidate, fail: &Fail) {
    let scope = store::Scope::system(workspace.clone());
    let outcome = match fail.class {
        // Its template is at fault, not its sender: what else it sends goes on.
        Class::Config if crate::approved::is_of_template(message, fail) => {
            crate::approved::refused(app, &scope, sender, message, fail).await
        }
        Class::Reauth | Class::Config => {
            crate::senders::mark_broken(app, &scope, sender, &fail.message).await
        }
        Class::OptOut => crate::suppressions::by_provider(app, &scope, sender, message).await,
        Class::BadRecipient => {
            crate::suppressions::dead_address(app, &scope, sender, message, &fail.message).await
        }
        _ => return,
    };
    if let Err(error) = outcome {
        tracing::error!(%error, class = %fail.class, "what follows from a failed send could not be written");
    }
}

/// Commits outcomes, many at once, and tells the pages.
async fn record(app: Arc<App>, mut outcomes: mpsc::Receiver<Done>) {
    let mut batch = Vec::with_capacity(BATCH);
    while outcomes.recv_many(&mut batch, 2 * BATCH).await > 0 {
        let list: Vec<Outcome> = batch.iter().map(|d| d.outcome.clone()).collect();
        match outbox::record(&app.db, &app.node, &list, app.clock.now()).await {
            Ok(mine) => announce(&app, &batch, &mine.into_iter().collect()),
            Err(error) => {
                tracing::error!(%error, "outcomes could not be recorded; their leases will end and they become uncertain")
            }
        }
        batch.clear();
    }
}

fn announce(app: &Arc<App>, batch: &[Done], mine: &HashSet<domain::ids::MessageId>) {
    let mut campaigns: HashMap<String, WorkspaceId> = HashMap::new();
    let mut moved = false;
    for done in batch.iter().filter(|d| mine.contains(&d.outcome.id)) {
        let outcome = &done.outcome;
        moved |= outcome.enrollment_id.is_some();
        let event = match outcome.status {
            Status::Sent => "message:sent",
            Status::Failed => "message:failed",
            _ => "message:updated",
        };
        let data = json!({ "conversation_id": done.conversation, "message_id": outcome.id, "status": outcome.status });
        if app.hub.connections() > 0 {
            app.tell(&outcome.workspace_id, event, data);
        }
        if let Some(campaign) = &outcome.campaign_id {
            campaigns.insert(campaign.to_string(), outcome.workspace_id.clone());
        }
    }
    for (campaign, workspace) in campaigns {
        app.tell(&workspace, "campaign:updated", json!({ "campaign_id": campaign }));
        app.tell(&workspace, "stats:updated", json!({}));
    }
    if moved {
        app.wake.steps.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_holds_what_leaves_in_a_moment() {
        let ms = Duration::from_millis;
        // A sink that answers at once: more and more, up to the most.
        assert_eq!(claim_size(32, ms(1), 10), 128);
        assert_eq!(claim_size(128, ms(4), 10), 512);
        assert_eq!(claim_size(1_024, ms(40), 10), 1_024);
        // An SMTP server that takes a second for ten messages: what is under way, and as many again.
        assert_eq!(claim_size(32, ms(3_000), 10), 20);
        // What is claimed without a message says nothing.
        assert_eq!(claim_size(0, ms(0), 10), 20);
    }
}
