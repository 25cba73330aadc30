//! What the store promises to several nodes at once.

use crate::kit::*;
use domain::{
    JobStatus,
    ids::{InboundEventId, JobId, MessageId},
    message::Status,
};
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Db,
    doubt::{self, Settled},
    inbound_event::{self, NewInboundEvent},
    job,
    outbox::{self, Candidate, Outcome, Ruling, Terms},
};

both! {
    two_workers_claim_each_message_once,
    a_silent_claim_becomes_doubt_and_a_stale_attempt_changes_nothing,
    a_node_that_stands_still_keeps_its_messages_until_it_ends_or_lets_go,
    what_a_silent_node_holds_is_in_the_end_for_a_person,
    an_inbound_event_is_taken_over_when_its_lease_ends,
    a_job_is_taken_over_and_its_old_worker_is_refused,
    four_nodes_that_start_together_migrate_once,
    a_node_that_froze_in_a_transaction_lets_go,
}

/// Claims up to seven texts whatever the rules would say.
pub async fn claim(app: &TestApp, db: &Db, owner: &str, lease_ms: i64) -> Vec<Candidate> {
    let terms =
        Terms { owner, lease_ms, limit: 7, probe_ms: lease_ms, now: app.clock.now(), prints: &app.app.keys };
    let claim = outbox::claim(
        db,
        &app.sms_sender,
        terms,
        |_, _| i64::MAX,
        |_, _, _| vec![],
        |_, _, _, _| Ruling::Go,
        |_, _, _| {},
    )
    .await
    .unwrap();
    claim.map(|c| c.messages).unwrap_or_default()
}

/// What became of one of them.
pub fn outcome(app: &TestApp, message: &Candidate, attempt: i64, status: Status) -> Outcome {
    Outcome {
        spared: 0,
        id: message.id.clone(),
        workspace_id: app.scope.workspace.clone(),
        attempt,
        status,
        provider_message_id: None,
        not_before: None,
        settle_ms: 0,
        code: None,
        class: None,
        text: None,
        contact_id: None,
        campaign_id: None,
        enrollment_id: None,
        node_key: None,
        event_id: store::new_id(domain::ids::EventId::from_uuid),
    }
}

async fn two_workers_claim_each_message_once(app: TestApp) {
    for n in 0..60 {
        app.write(&format!("client-{n}"), "sms", &format!("+1415555{n:04}"), "Hello").await;
    }
    let second = app.open().await.unwrap();
    let work = async |db: &Db, owner: &str| {
        let (mut mine, mut idle) = (Vec::<MessageId>::new(), 0);
        // An empty claim may mean that the other worker holds the sender just now.
        while idle < 50 {
            let claimed = claim(&app, db, owner, 60_000).await;
            idle = if claimed.is_empty() { idle + 1 } else { 0 };
            mine.extend(claimed.into_iter().map(|m| m.id));
        }
        mine
    };
    let (a, b) = tokio::join!(work(&app.app.db, "a"), work(&second, "b"));
    let all: BTreeSet<String> = a.iter().chain(&b).map(ToString::to_string).collect();
    assert_eq!((a.len() + b.len(), all.len()), (60, 60));
}

async fn a_silent_claim_becomes_doubt_and_a_stale_attempt_changes_nothing(app: TestApp) {
    let id = app.write("client-1", "sms", ANN, "Hello").await["id"].clone();
    let db = &app.app.db;
    let first = claim(&app, db, "first", 1).await.remove(0);
    assert_eq!(first.attempt, 1);
    tick();
    tick();
    assert_eq!(doubt::sweep(db, |_| 0, app.clock.now()).await.unwrap().len(), 1);
    assert_eq!(app.message(&id).await["status"], "uncertain");
    assert!(claim(&app, db, "second", 60_000).await.is_empty(), "doubt is never claimed");
    tick();
    let doubtful = doubt::take_doubtful(db, 10, 60_000).await.unwrap();
    assert_eq!(doubtful.len(), 1);
    assert!(doubt::take_doubtful(db, 10, 60_000).await.unwrap().is_empty(), "one look-up at a time");
    let absent = [(&doubtful[0], Settled::Absent)];
    assert_eq!(doubt::settle(db, &absent, app.clock.now()).await.unwrap(), 1);
    assert_eq!(doubt::settle(db, &absent, app.clock.now()).await.unwrap(), 0);

    let again = claim(&app, db, "second", 60_000).await.remove(0);
    assert_eq!((again.id.clone(), again.attempt), (first.id.clone(), 2));
    for (owner, attempt) in [("first", 1), ("first", 2), ("second", 1)] {
        let stale = outcome(&app, &first, attempt, Status::Failed);
        assert!(
            outbox::record(db, owner, &[stale], app.clock.now()).await.unwrap().is_empty(),
            "{owner} {attempt}"
        );
    }
    assert_eq!(app.message(&id).await["status"], "sending");
    let good = outcome(&app, &again, 2, Status::Sent);
    assert_eq!(
        outbox::record(db, "second", std::slice::from_ref(&good), app.clock.now()).await.unwrap().len(),
        1
    );
    assert!(
        outbox::record(db, "second", &[good], app.clock.now()).await.unwrap().is_empty(),
        "recorded once"
    );
    assert_eq!(app.message(&id).await["status"], "sent");
}

/// Sweeps, and takes what may be looked up.
async fn sweep(app: &TestApp) -> usize {
    tick();
    tick();
    doubt::sweep(&app.app.db, |_| 0, app.clock.now()).await.unwrap();
    tick();
    doubt::take_doubtful(&app.app.db, 10, 0).await.unwrap().len()
}

async fn a_node_that_stands_still_keeps_its_messages_until_it_ends_or_lets_go(app: TestApp) {
    let (db, now) = (&app.app.db, app.clock.now());
    let still = db.appear("still").await.unwrap();
    for n in 0..4 {
        app.write(&format!("client-{n}"), "sms", ANN, "Hello").await;
    }
    let held = claim(&app, db, "still", 1).await;
    assert_eq!((held.len(), sweep(&app).await), (4, 0), "it may be in the middle of a request");
    assert!(doubt::was_swept(db, "still").await.unwrap());
    assert!(!doubt::was_swept(db, "other").await.unwrap());

    // It wakes up. Two are still under way, of one nothing will ever be heard, and one was given back.
    let given_back = outcome(&app, &held[0], 1, Status::Queued);
    assert_eq!(outbox::record(db, "still", &[given_back], now).await.unwrap().len(), 1);
    let under_way = || [held[1].id.clone(), held[2].id.clone()];
    assert_eq!(doubt::release(db, "other", [], |_| 0).await.unwrap(), 0);
    assert_eq!(doubt::release(db, "still", under_way(), |_| 0).await.unwrap(), 1);
    assert_eq!(doubt::release(db, "still", under_way(), |_| 0).await.unwrap(), 0);
    assert_eq!(sweep(&app).await, 1);
    let status = async |n: usize| app.message(&json!(held[n].id)).await["status"].clone();
    assert_eq!(status(0).await, "queued");
    let sent = outcome(&app, &held[1], 1, Status::Sent);
    assert_eq!(outbox::record(db, "still", &[sent], now).await.unwrap().len(), 1);
    assert_eq!((status(1).await, status(2).await), (json!("sent"), json!("uncertain")));

    // It ends, and what it held can be looked up.
    drop(still);
    while db.is_alive("still").await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(sweep(&app).await, 2);
    assert!(!doubt::was_swept(db, "still").await.unwrap());
}

async fn what_a_silent_node_holds_is_in_the_end_for_a_person(app: TestApp) {
    let db = &app.app.db;
    let still = db.appear("still").await.unwrap();
    let id = app.write("client-1", "sms", ANN, "Hello").await["id"].clone();
    let held = claim(&app, db, "still", 1).await;
    assert_eq!(sweep(&app).await, 0);
    let waits = async || app.message(&id).await["needs_decision"].clone();
    doubt::give_up_waiting(db, 60_000).await.unwrap();
    assert_eq!(waits().await, false);
    doubt::give_up_waiting(db, 0).await.unwrap();
    assert_eq!(waits().await, true);
    // It came back after all.
    let sent = outcome(&app, &held[0], 1, Status::Sent);
    assert_eq!(outbox::record(db, "still", &[sent], app.clock.now()).await.unwrap().len(), 1);
    assert_eq!((waits().await, app.message(&id).await["status"].clone()), (json!(false), json!("sent")));
    drop(still);
}

async fn an_inbound_event_is_taken_over_when_its_lease_ends(app: TestApp) {
    let (db, now) = (&app.app.db, app.clock.now());
    let event = NewInboundEvent {
        id: store::new_id(InboundEventId::from_uuid),
        workspace_id: Some(app.scope.workspace.clone()),
        source: "email",
        sender_id: Some(app.email_sender.clone()),
        dedupe_key: "one".into(),
        headers: "{}".into(),
        body: vec![0, 255, 39],
        received_at: now,
    };
    let copy = NewInboundEvent { id: store::new_id(InboundEventId::from_uuid), ..event.clone() };
    assert_eq!(inbound_event::store(db, &[event.clone(), copy]).await.unwrap(), 1);
    let taken = inbound_event::claim(db, now, 1, 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].attempts, &taken[0].body), (1, 1, &event.body));
    tick();
    tick();
    assert_eq!(inbound_event::claim(db, now, 60_000, 10).await.unwrap()[0].attempts, 2);
    assert!(inbound_event::claim(db, now, 60_000, 10).await.unwrap().is_empty());
    for first in [true, false] {
        let tx = db.begin().await.unwrap();
        assert_eq!(inbound_event::handled(&tx, &event.id, now).await.unwrap(), first);
        app.app.commit(tx).await.unwrap();
    }
}

async fn a_job_is_taken_over_and_its_old_worker_is_refused(app: TestApp) {
    let (db, now) = (&app.app.db, app.clock.now());
    let id = store::new_id(JobId::from_uuid);
    let tx = db.begin().await.unwrap();
    job::enqueue(&tx, &app.scope, &id, "import", &json!({}), now).await.unwrap();
    app.app.commit(tx).await.unwrap();
    assert_eq!(job::claim(db, "first", 1, now).await.unwrap().unwrap().attempt, 1);
    tick();
    tick();
    assert_eq!(job::claim(db, "second", 60_000, now).await.unwrap().unwrap().attempt, 2);
    assert!(job::claim(db, "third", 60_000, now).await.unwrap().is_none());
    let tx = db.begin().await.unwrap();
    assert!(matches!(job::progress(&tx, &id, "first", 1, 2, 60_000).await, Err(store::Error::Conflict(_))));
    job::finish(&tx, &id, "first", JobStatus::Failed, None, Some("stale"), now).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let tx = db.begin().await.unwrap();
    assert_eq!(job::progress(&tx, &id, "second", 1, 2, 60_000).await.unwrap().done, 1);
    job::finish(&tx, &id, "second", JobStatus::Completed, None, None, now).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let done = job::get(db, &app.scope, &id).await.unwrap();
    assert_eq!((done.status, done.error), (JobStatus::Completed, None));
}

async fn four_nodes_that_start_together_migrate_once(app: TestApp) {
    let fresh = app.fresh_database();
    let opening = (0..4).map(|_| {
        let config = fresh.config();
        tokio::spawn(async move { Db::open(&config).await })
    });
    for opened in futures::future::join_all(opening.collect::<Vec<_>>()).await {
        let db = opened.unwrap().unwrap();
        assert!(store::workspace::all(&db).await.unwrap().is_empty());
        assert_eq!(db.integrity().await.unwrap(), "ok");
        db.close().await.unwrap();
    }
}

async fn a_node_that_froze_in_a_transaction_lets_go(app: TestApp) {
    let Some(frozen) = app.open_impatient(std::time::Duration::from_millis(300)).await else { return };
    let contact = app.contact(json!({ "email": "ann@x.example" })).await.parse().unwrap();
    let now = app.clock.now();
    let held = frozen.begin().await.unwrap();
    store::contact::set_status(&held, &app.scope, &contact, "Frozen", now).await.unwrap();
    let other = async {
        let tx = app.app.db.begin().await.unwrap();
        store::contact::set_status(&tx, &app.scope, &contact, "Needs BDR", now).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::time::timeout(std::time::Duration::from_secs(8), other).await.expect("the row is free again");
    assert!(held.commit().await.is_err(), "what was held is rolled back");
    assert_eq!(store::contact::get(&app.app.db, &app.scope, &contact).await.unwrap().status, "Needs BDR");
}
