//! Texts that are heard: each is spoken once and kept. The voice is paid by the letter, so the same text in the same
//! voice is never paid twice, whoever sends it, however often and on whichever node.

use crate::{app::App, error::Result};
use domain::ids::{MessageId, RecordingId, WorkspaceId};
use providers::{Class, Fail, elevenlabs::Voice, slybroadcast::SHORTEST_MS};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{
    Scope,
    recording::{self, Claim, Recording},
};

/// How long somebody may take to have a text spoken before another node tries, in real milliseconds: longer than any
/// call.
const LEASE_MS: i64 = 60_000;
/// How long an address can be fetched from, in milliseconds: Slybroadcast comes at once, and again within the day.
const OPEN_MS: i64 = 24 * 3_600_000;
/// What nobody has used for so long is deleted, in milliseconds.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
/// Most files that are deleted in one round.
const BATCH: i64 = 100;

const PURPOSE: &str = "recording";

/// Who is at work on which text on this node.
#[derive(Default)]
pub struct Making(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Making {
    fn turn(&self, what: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut making = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever nobody holds any more but this map.
        making.retain(|_, turn| Arc::strong_count(turn) > 1);
        making.entry(what.to_owned()).or_default().clone()
    }
}

/// The address of what a message says, spoken before if it has to be. Nothing is sent to anybody here: no failure
/// leaves a doubt.
pub async fn spoken(
    app: &App,
    workspace: &WorkspaceId,
    voice: &Voice,
    message: &MessageId,
    text: &str,
) -> std::result::Result<String, Fail> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fail::new(Class::Permanent, "The voicemail says nothing. Nothing was sent.")
            .with_code("audio.empty"));
    }
    let key = voice.key(text);
    let turn = app.making.turn(&format!("{workspace}/{key}"));
    let _at_work = turn.lock().await;
    let scope = Scope::system(workspace.clone());
    let claim = recording::claim(&app.db, &scope, &key, message, LEASE_MS, app.clock.now());
    let recording = match claim.await.map_err(|error| unusable(&error.into()))? {
        Claim::Ready(recording) => recording,
        Claim::Busy => {
            return Err(Fail::new(
                Class::Retry,
                "Another node has this text spoken just now. It is tried again.",
            ));
        }
        Claim::Ours(id) => match make(app, &scope, voice, id.clone(), text).await {
            Ok(recording) => recording,
            Err(fail) => {
                recording::give_back(&app.db, &scope, &id).await.map_err(|error| unusable(&error.into()))?;
                return Err(fail);
            }
        },
    };
    if recording.duration_ms <= SHORTEST_MS {
        let message = format!(
            "The recording lasts {:.1} seconds, and Slybroadcast takes only those that last longer than 5. Write a few words more. Nothing was sent.",
            recording.duration_ms as f64 / 1_000.0
        );
        return Err(Fail::new(Class::Permanent, message).with_code("audio.too_short"));
    }
    Ok(address(app, &recording.id, app.clock.now() + OPEN_MS))
}

/// What was spoken but not noted when a node ended is found by its file.
async fn make(
    app: &App,
    scope: &Scope,
    voice: &Voice,
    id: RecordingId,
    text: &str,
) -> std::result::Result<Recording, Fail> {
    let found = app.media.get(&scope.workspace, &id).await.map_err(|error| unusable(&error.into()))?;
    let speech = match found {
        Some(mp3) => providers::elevenlabs::Speech { mp3: mp3.into() },
        None => {
            let speech = voice.speak(text).await?;
            let mp3 = bytes::Bytes::from(speech.mp3);
            let put = app.media.put(&scope.workspace, &id, &mp3);
            put.await.map_err(|error| unusable(&error.into()))?;
            providers::elevenlabs::Speech { mp3: mp3.into() }
        }
    };
    let (bytes, duration_ms) = (i64::try_from(speech.mp3.len()).unwrap_or(i64::MAX), speech.duration_ms());
    let made = recording::made(&app.db, scope, &id, bytes, duration_ms);
    made.await.map_err(|error| unusable(&error.into()))?;
    Ok(Recording { id, workspace_id: scope.workspace.clone(), duration_ms })
}

fn unusable(error: &crate::error::Error) -> Fail {
    tracing::error!(%error, "a recording could not be kept");
    Fail::new(
        Class::Retry,
        "The recording could not be kept here just now. Nothing was sent; it is tried again.",
    )
}

/// Where a recording can be fetched without signing in, until an instant.
pub fn address(app: &App, id: &RecordingId, until: i64) -> String {
    let signature = app.keys.sign(PURPOSE, &signed(id, until));
    format!("{}/media/vm/{id}.mp3?until={until}&signature={signature}", app.public_url())
}

fn signed(id: &RecordingId, until: i64) -> String {
    format!("{id} {until}")
}

/// Whether an address is ours and still good.
pub fn is_open(app: &App, id: &RecordingId, until: i64, signature: &str) -> bool {
    until >= app.clock.now() && app.keys.is_signed(PURPOSE, &signed(id, until), signature)
}

/// Where somebody who sees messages can hear those that were spoken.
pub async fn heard(app: &App, scope: &Scope, messages: &[MessageId]) -> Result<HashMap<MessageId, String>> {
    let until = app.clock.now() + OPEN_MS;
    let found = recording::of_messages(&app.db, scope, messages).await?;
    Ok(found.into_iter().map(|(message, id)| (message, address(app, &id, until))).collect())
}

/// Lets go of what nobody has used for long.
pub async fn forget(app: &App) -> Result<()> {
    let now = app.clock.now();
    recording::forget(&app.db, now - KEPT_MS, now).await?;
    sweep(app).await
}

/// Deletes the files of what is gone.
pub async fn sweep(app: &App) -> Result<()> {
    loop {
        let gone = recording::gone(&app.db, BATCH).await?;
        for recording in &gone {
            app.media.delete(&recording.workspace_id, &recording.id).await?;
            recording::deleted(&app.db, &recording.id).await?;
        }
        if gone.len() < BATCH as usize {
            return Ok(());
        }
    }
}
