//! The people: who they are follows from the seed and their address, and so does what they do and when.

mod chat;
mod compose;
mod dialogue;
mod email;
mod habit;
mod sms;
mod voicemail;

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::mail::Letter;
use crate::world::{World, locked};
use crate::{clock, dice};

pub(crate) use chat::{receive as receive_chat, write as write_chat};
pub(crate) use email::{Wish, receive as receive_mail, write as write_mail};
pub(crate) use habit::{is_unknown_here, refuses_all_texts};
pub(crate) use sms::{answer as answer_text, receive as receive_text, write as write_text};
pub(crate) use voicemail::receive as receive_voicemail;

/// So many people are remembered; to the others every message is the first.
const REMEMBERED: usize = 1_000_000;
/// Nothing that a person does happens earlier than this after delivery, in real time: as long as it takes
/// until the sender has our answer and has written it down. Everything else is in the people's time.
const SOONEST: Duration = Duration::from_millis(100);

/// How far a person is with us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Met {
    /// Messages received, this one included.
    pub(crate) received: u32,
    /// Answers given before this one.
    pub(crate) said: u32,
}

/// What is known of the people.
#[derive(Default)]
pub(crate) struct People {
    met: Mutex<HashMap<u64, Met>>,
    acts: Mutex<BTreeMap<&'static str, u64>>,
}

impl People {
    /// A message arrives at an address; `answers` tells whether this visit will be answered.
    fn meet(&self, address: &str, answers: impl FnOnce(Met) -> bool) -> Met {
        let slot = dice::hash(0, &[address.to_ascii_lowercase().as_bytes()]);
        let mut people = locked(&self.met);
        if people.len() >= REMEMBERED && !people.contains_key(&slot) {
            return Met { received: 1, said: 0 };
        }
        let known = people.entry(slot).or_default();
        known.received += 1;
        let now = *known;
        known.said += u32::from(answers(now));
        now
    }

    /// Counts something that somebody did, for the state.
    pub(crate) fn count(&self, act: &'static str) {
        *locked(&self.acts).entry(act).or_default() += 1;
    }

    /// What people did how often.
    pub(crate) fn report(&self) -> BTreeMap<&'static str, u64> {
        locked(&self.acts).clone()
    }
}

/// Something a person does, so many virtual seconds after delivery.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step<A> {
    pub(crate) after: f64,
    pub(crate) act: A,
}

/// When a step happens, in real time after delivery.
fn real_delay(virtual_seconds: f64, speed: f64) -> Duration {
    Duration::try_from_secs_f64(virtual_seconds / speed).unwrap_or(Duration::MAX).max(SOONEST)
}

/// The present instant by the clock of the letter's sender, which may run as fast as the people and may have
/// begun elsewhere: what somebody writes is dated so.
fn date_for(world: &World, letter: &Letter) -> i64 {
    date_after(letter, clock::now_ms(), world.options.speed)
}

fn date_after(letter: &Letter, now: i64, speed: f64) -> i64 {
    let Some(date) = letter.date else { return now };
    date + ((now - letter.sent_at).max(0) as f64 * speed) as i64
}

/// Waits for the moment of a step; false if the sandbox stops before.
async fn wait_for(world: &World, delivered: Instant, after: f64) -> bool {
    let delay = real_delay(after, world.options.speed);
    world.rest(delay.saturating_sub(delivered.elapsed())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_speed_down_to_what_the_sender_needs() {
        assert_eq!(real_delay(30.0, 1.0), Duration::from_secs(30));
        assert_eq!(real_delay(30.0, 10.0), Duration::from_secs(3));
        assert_eq!(real_delay(30.0, 60.0), Duration::from_millis(500));
        assert_eq!(real_delay(3.0, 60.0), SOONEST);
        assert_eq!(real_delay(30.0, f64::MIN_POSITIVE), Duration::MAX);
    }

    #[test]
    fn what_people_write_is_dated_by_the_clock_of_the_letter() {
        let day = 86_400_000;
        let letter = Letter { date: Some(40 * day), sent_at: 1_000, ..Letter::default() };
        assert_eq!(date_after(&letter, 1_000, 60.0), 40 * day);
        assert_eq!(date_after(&letter, 2_000, 60.0), 40 * day + 60_000);
        assert_eq!(date_after(&letter, 0, 60.0), 40 * day);
        assert_eq!(date_after(&Letter { date: None, ..letter }, 2_000, 60.0), 2_000);
    }

    #[test]
    fn answers_are_counted_by_person() {
        let people = People::default();
        assert_eq!(people.meet("a@x.test", |met| met.received > 1), Met { received: 1, said: 0 });
        assert_eq!(people.meet("A@X.test", |met| met.received > 1), Met { received: 2, said: 0 });
        assert_eq!(people.meet("a@x.test", |met| met.received > 1), Met { received: 3, said: 1 });
        assert_eq!(people.meet("b@x.test", |_| true), Met { received: 1, said: 0 });
    }
}
