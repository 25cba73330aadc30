//! What becomes of a voicemail: the recording is fetched, and the box takes it or does not.

use std::sync::Arc;

use tokio::time::Instant;

use super::habit::{self, Texter};
use super::wait_for;
use crate::post::{self, Load, Parcel, Reason, State, Target};
use crate::voice::{self, Drop};
use crate::world::World;

/// A drop was ordered: it is carried out in some seconds.
pub(crate) fn receive(world: &Arc<World>, number: u64, drop: Drop) {
    let (teller, texter) = (Arc::clone(world), habit::texter(world.options.seed, &drop.to).0);
    world.spawn_person(async move {
        let ordered = Instant::now();
        let session = voice::session(&teller, number);
        let fetch = Parcel {
            reason: Reason::RecordingFetched,
            key: session.clone(),
            target: Target::Given(drop.audio.to_string()),
            load: Load::Look,
        };
        let fetched = post::send(&teller, fetch).await.is_some_and(|record| record.state == State::Acked);
        if !wait_for(&teller, ordered, 20.0).await {
            return;
        }
        let (status, said, why) = match texter {
            _ if !fetched => ("failed", "FAILED", "Bad Audio, can't download"),
            Texter::Unreachable(_) => ("failed", "FAILED", "Not a mobile number"),
            _ => ("delivered", "OK", ""),
        };
        voice::progress(&teller, number, status);
        teller.people.count(status);
        let Some(callback) = &drop.callback else { return };
        let phone = drop.to.trim_start_matches("+1");
        let told = format!("{session}|{phone}|{said}|{why}||Sandbox Wireless");
        let parcel = Parcel {
            reason: Reason::VoicemailStatus,
            key: session,
            target: Target::Given(callback.to_string()),
            load: Load::Bare(vec![("var".to_owned(), told)]),
        };
        post::send(&teller, parcel).await;
    });
}
