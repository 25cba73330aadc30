//! What somebody, and the network before them, does about a text.

use std::sync::Arc;

use tokio::time::Instant;

use super::dialogue::{self, Medium};
use super::habit::{self, Mood, Texter};
use super::{Met, Step, wait_for};
use crate::bonzo;
use crate::dice::Dice;
use crate::post::{self, Load, Parcel, Reason, Record, Target};
use crate::twilio::{self, Status, Text};
use crate::world::{World, locked};

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The status moves on and is reported.
    Report(Status, Option<u32>),
    /// A report that was made already, once more.
    Repeat(Status),
    Answer(Mood),
    Stop,
}

fn answers(seed: u64, number: &str, met: Met) -> bool {
    matches!(habit::texter(seed, number).0, Texter::Answers(_)) && met.said < dialogue::TURNS
}

/// Everything that happens to somebody's n-th text, in the order of time.
pub(crate) fn plan(seed: u64, number: &str, met: Met) -> Vec<Step<Act>> {
    let (texter, asked) = habit::texter(seed, number);
    let mut dice = Dice::about(seed, number, &format!("text {}", met.received));
    let mut draw = |power: i32| (if asked { 0.2 } else { 1.0 }) * dice.unit().powi(power);
    let sent = 1.0 + 0.5 * draw(1);
    let arrived = 2.0 + 2.0 * draw(1);
    let answer = 10.0 + 40.0 * draw(2);
    let stop = 12.0 + 20.0 * draw(1);
    let oddity = if asked { 1.0 } else { draw(1) };
    let mut steps = vec![(sent, Act::Report(Status::Sent, None))];
    match texter {
        Texter::Unreachable(code) => steps.push((arrived, Act::Report(Status::Undelivered, Some(code)))),
        // As in life: now and then a report overtakes another, or comes twice.
        _ if oddity < 0.04 => {
            steps = vec![(sent, Act::Report(Status::Delivered, None)), (arrived, Act::Repeat(Status::Sent))];
        }
        _ => steps.push((arrived, Act::Report(Status::Delivered, None))),
    }
    if (0.04..0.08).contains(&oddity) && !matches!(texter, Texter::Unreachable(_)) {
        steps.push((arrived + 1.0, Act::Repeat(Status::Delivered)));
    }
    match texter {
        Texter::Answers(mood) if answers(seed, number, met) => steps.push((answer, Act::Answer(mood))),
        Texter::Stops if met.received == 1 => steps.push((stop, Act::Stop)),
        _ => {}
    }
    steps.into_iter().map(|(after, act)| Step { after, act }).collect()
}

/// A text was accepted: the network and its recipient begin to act.
pub(crate) fn receive(world: &Arc<World>, number: u64, text: Text) {
    let seed = world.options.seed;
    // Of who stays silent nothing need be remembered but the reports.
    let met = match habit::texter(seed, &text.to).0 {
        Texter::Silent | Texter::Unreachable(_) => Met { received: 1, said: 0 },
        _ => world.people.meet(&text.to, |met| answers(seed, &text.to, met)),
    };
    let steps = plan(seed, &text.to, met);
    let teller = Arc::clone(world);
    world.spawn_person(async move { live(&teller, number, &text, met, steps).await });
}

async fn live(world: &Arc<World>, number: u64, text: &Text, met: Met, steps: Vec<Step<Act>>) {
    let accepted = Instant::now();
    let theirs = &*text.to;
    for Step { after, act } in steps {
        if !wait_for(world, accepted, after).await {
            return;
        }
        match act {
            Act::Report(status, error) => {
                twilio::progress(world, number, status, error);
                world.people.count(status.word());
                report(world, number, text, status, error).await;
            }
            Act::Repeat(status) => report(world, number, text, status, None).await,
            Act::Answer(mood) => {
                let line = dialogue::line(Medium::Text, mood, world.options.seed, theirs, met.said);
                if let Some(line) = line {
                    answer(world, text, line).await;
                }
            }
            Act::Stop => {
                let mut dice = Dice::about(world.options.seed, theirs, "stop");
                let word: &str = dice.pick::<&str>(&["STOP", "Stop", "stop"]);
                answer(world, text, word).await;
            }
        }
    }
}

async fn report(world: &Arc<World>, number: u64, text: &Text, status: Status, error: Option<u32>) {
    let Some(callback) = &text.callback else { return };
    let sid = twilio::sid(world, number);
    let mut params = form(&[
        ("AccountSid", &world.options.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("From", text.our_number()),
        ("MessageSid", &sid),
        ("MessageStatus", status.word()),
        ("SmsSid", &sid),
        ("SmsStatus", status.word()),
        ("To", &text.to),
    ]);
    if let Some(service) = &text.service {
        params.push(("MessagingServiceSid".to_owned(), service.to_string()));
    }
    if let Some(code) = error {
        params.push(("ErrorCode".to_owned(), code.to_string()));
    }
    let (target, load) = (Target::Given(callback.to_string()), Load::Form(params));
    post::send(world, Parcel { reason: Reason::SmsStatus, key: sid, target, load }).await;
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Somebody answers a text, wherever its provider tells that.
pub(crate) async fn answer(world: &Arc<World>, text: &Text, words: &str) -> Option<Record> {
    let Some(hook) = &text.hook else { return write(world, &text.to, text.our_number(), words).await };
    world.people.count("answered");
    let event = bonzo::event(world, &text.to, words);
    let key = event["message"]["id"].as_str().unwrap_or_default().to_owned();
    let load = Load::Json(event.to_string().into());
    post::send(world, Parcel { reason: Reason::SmsIn, key, target: Target::Door(hook.to_string()), load })
        .await
}

/// Somebody texts our number; STOP and START also change what Twilio lets through.
pub(crate) async fn write(world: &Arc<World>, theirs: &str, ours: &str, body: &str) -> Option<Record> {
    let slot = twilio::opt_out_slot(ours, theirs);
    match body.trim().to_ascii_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "OPTOUT" | "REVOKE" => {
            locked(&world.opted_out).insert(slot);
            world.people.count("opted_out");
        }
        "START" | "YES" | "UNSTOP" => {
            locked(&world.opted_out).remove(&slot);
            world.people.count("opted_in");
        }
        _ => world.people.count("answered"),
    }
    let (high, low) = world.draw_id();
    let sid = format!("SM{high:016x}{low:016x}");
    let segments = twilio::segments(body).to_string();
    let country = if theirs.starts_with("+1") { "US" } else { "" };
    let params = form(&[
        ("AccountSid", &world.options.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("Body", body),
        ("From", theirs),
        ("FromCity", ""),
        ("FromCountry", country),
        ("FromState", ""),
        ("FromZip", ""),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", &segments),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", ours),
        ("ToCity", ""),
        ("ToCountry", "US"),
        ("ToState", ""),
        ("ToZip", ""),
    ]);
    let (target, load) = (Target::Door("/api/twilio/inbound-sms".to_owned()), Load::Form(params));
    post::send(world, Parcel { reason: Reason::SmsIn, key: sid, target, load }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Met = Met { received: 1, said: 0 };

    #[test]
    fn texts_mostly_arrive() {
        let numbers: Vec<String> = (0..10_000).map(|n| format!("+1555{:07}", 2_000_006 + n * 10)).collect();
        let share = |wanted: fn(&Act) -> bool| {
            let plans = numbers.iter().map(|number| plan(3, number, FIRST));
            plans.filter(|steps| steps.iter().any(|step| wanted(&step.act))).count() as f64 / 100.0
        };
        let near = |share: f64, expected: f64| (share - expected).abs() < 1.0;
        assert!(near(share(|act| matches!(act, Act::Answer(_))), 15.0));
        assert!(near(share(|act| *act == Act::Stop), 4.0));
        assert!(near(share(|act| matches!(act, Act::Report(Status::Undelivered, _))), 3.0));
        assert!(near(share(|act| matches!(act, Act::Report(Status::Delivered, _))), 97.0));
    }

    #[test]
    fn a_number_that_asks_for_it_is_quick() {
        let steps = plan(1, "+15558670002", FIRST);
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[2].act, Act::Stop);
        assert!(steps[2].after <= 16.0);
        assert_eq!(plan(1, "+15558670003", FIRST)[1].act, Act::Report(Status::Undelivered, Some(30003)));
        assert_eq!(plan(1, "+15558670002", Met { received: 2, said: 0 }).len(), 2);
    }
}
