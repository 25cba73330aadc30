//! What somebody does about a mail.

use std::sync::Arc;

use tokio::time::Instant;

use super::compose::{self, Bounce};
use super::dialogue::{self, Medium};
use super::habit::{self, Mood, Reader};
use super::{Met, Step, date_for, wait_for};
use crate::clock;
use crate::dice::Dice;
use crate::gmail::Delivery;
use crate::mail::{Letter, Mail, header, name_from};
use crate::post::{self, Load, Parcel, Reason, Record, Target};
use crate::world::World;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Open,
    Click,
    Answer(Mood),
    AnswerByMachine,
    ComeBack(Bounce),
    Unsubscribe,
}

/// Whether this visit is answered: some hesitate until the second mail, and all stop when all is said.
fn answers(seed: u64, address: &str, met: Met) -> bool {
    let (reader, asked) = habit::reader(seed, address);
    let hesitates = !asked && Dice::about(seed, address, "hesitates").unit() < 0.25;
    matches!(reader, Reader::Answers(_)) && met.said < dialogue::TURNS && (!hesitates || met.received > 1)
}

/// Everything somebody does about their n-th mail, in the order of time.
pub(crate) fn plan(seed: u64, address: &str, met: Met) -> Vec<Step<Act>> {
    let (reader, asked) = habit::reader(seed, address);
    let mut dice = Dice::about(seed, address, &format!("mail {}", met.received));
    // Whom the address asked for is at the quick end of every range.
    let mut draw = |power: i32| (if asked { 0.2 } else { 1.0 }) * dice.unit().powi(power);
    let first = met.received == 1;
    let open = 3.0 + 40.0 * draw(3);
    let click = open + 2.0 + 5.0 * draw(1);
    let answer = (10.0 + 50.0 * draw(2)).max(open + 4.0);
    let machine = 2.0 + 4.0 * draw(1);
    let comes_back = 2.0 + 2.5 * draw(1);
    let early_open = 3.0 + 5.0 * draw(1);
    let leave = 12.0 + 24.0 * draw(1);
    let clicks_too = draw(1) < 0.4;
    let full = !asked && draw(1) < 0.2;
    let mut steps = match reader {
        Reader::Silent | Reader::Unknown => vec![],
        Reader::Opens => vec![(open, Act::Open)],
        Reader::Clicks => vec![(open, Act::Open), (click, Act::Click)],
        Reader::Answers(mood) => {
            let mut steps = vec![(open, Act::Open)];
            if clicks_too && first {
                steps.push((click, Act::Click));
            }
            if answers(seed, address, met) {
                steps.push((answer.max(click + 1.0), Act::Answer(mood)));
            }
            steps
        }
        // RFC 3834: once, not at every mail.
        Reader::Away if first => vec![(machine, Act::AnswerByMachine)],
        Reader::Away => vec![],
        Reader::Bounces => {
            vec![(comes_back, Act::ComeBack(if full { Bounce::MailboxFull } else { Bounce::NoSuchUser }))]
        }
        Reader::Leaves if first => vec![(early_open, Act::Open), (leave, Act::Unsubscribe)],
        Reader::Leaves => vec![],
    };
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    steps.into_iter().map(|(after, act)| Step { after, act }).collect()
}

/// A mail has arrived: everybody it went to begins to act.
pub(crate) fn receive(world: &Arc<World>, mail: &Arc<Mail>) {
    // What no person wrote nobody answers (RFC 3834).
    if header(&mail.raw, "auto-submitted").is_some_and(|value| !value.eq_ignore_ascii_case("no")) {
        return;
    }
    for address in &mail.to {
        let seed = world.options.seed;
        if matches!(habit::reader(seed, address).0, Reader::Silent) {
            continue;
        }
        let met = world.people.meet(address, |met| answers(seed, address, met));
        let steps = plan(seed, address, met);
        if steps.is_empty() {
            continue;
        }
        let (world, mail, address) = (Arc::clone(world), Arc::clone(mail), address.to_string());
        world.clone().spawn_person(async move { live(&world, &mail, &address, met, steps).await });
    }
}

async fn live(world: &Arc<World>, mail: &Mail, address: &str, met: Met, steps: Vec<Step<Act>>) {
    let delivered = Instant::now();
    for Step { after, act } in steps {
        if !wait_for(world, delivered, after).await {
            return;
        }
        // Parsed anew for every step: thousands of waiting people would otherwise hold thousands of letters.
        let letter = mail.letter();
        let key = letter.message_id.clone().unwrap_or_default();
        let posted = match act {
            Act::Open => look(world, Reason::Open, key, letter.pixel, "opened").await,
            Act::Click => look(world, Reason::Click, key, letter.link, "clicked").await,
            Act::Unsubscribe => unsubscribe(world, key, letter.unsubscribe).await,
            Act::Answer(mood) => answer(world, address, &letter, mood, met.said).await,
            Act::AnswerByMachine => answer_by_machine(world, address, &letter).await,
            Act::ComeBack(bounce) => come_back(world, address, mail, &letter, bounce).await,
        };
        if posted.is_none() {
            tracing::debug!(?act, "the mail gives no means to do it");
        }
    }
}

async fn look(
    world: &Arc<World>,
    reason: Reason,
    key: String,
    url: Option<String>,
    act: &'static str,
) -> Option<Record> {
    let target = Target::Given(url?);
    world.people.count(act);
    post::send(world, Parcel { reason, key, target, load: Load::Look }).await
}

async fn unsubscribe(world: &Arc<World>, key: String, url: Option<String>) -> Option<Record> {
    let url = url?;
    world.people.count("unsubscribed");
    let (target, load) = (Target::Given(url), Load::OneClick);
    post::send(world, Parcel { reason: Reason::Unsubscribe, key, target, load }).await
}

async fn answer(world: &Arc<World>, address: &str, letter: &Letter, mood: Mood, turn: u32) -> Option<Record> {
    let (seed, name) = (world.options.seed, letter.name_of(address));
    let line = dialogue::line(Medium::Mail, mood, seed, address, turn)?;
    let greeting = letter.from_name.as_deref().and_then(|name| name.split(' ').next());
    let text = dialogue::mail_text(line, seed, address, turn, greeting, &name);
    say(world, address, letter, &text).await
}

/// Posts a person's own words.
async fn say(world: &Arc<World>, address: &str, letter: &Letter, text: &str) -> Option<Record> {
    world.people.count("answered");
    let with_html = Dice::about(world.options.seed, address, "mail program").unit() < 0.6;
    let id = message_id(world, address);
    let raw = compose::answer(letter, address, text, with_html, &id, date_for(world, letter));
    deliver(world, id, raw, letter).await
}

async fn answer_by_machine(world: &Arc<World>, address: &str, letter: &Letter) -> Option<Record> {
    world.people.count("out_of_office");
    let text = dialogue::away_text(world.options.seed, address, &letter.name_of(address));
    let id = message_id(world, address);
    let raw = compose::automatic(letter, address, &text, &id, date_for(world, letter));
    deliver(world, id, raw, letter).await
}

async fn come_back(
    world: &Arc<World>,
    address: &str,
    mail: &Mail,
    letter: &Letter,
    bounce: Bounce,
) -> Option<Record> {
    // RFC 3464: a bounce never causes a bounce.
    if letter.return_path.is_empty() {
        return None;
    }
    world.people.count("bounced");
    let id = message_id(world, crate::smtp::HOST);
    let raw = compose::bounce(letter, address, &mail.raw, bounce, &id, date_for(world, letter));
    deliver(world, id, raw, letter).await
}

fn message_id(world: &World, address: &str) -> String {
    let (high, low) = world.draw_id();
    let domain = address.rsplit('@').next().unwrap_or(address);
    format!("{high:016x}.{low:08x}@{domain}")
}

async fn deliver(world: &Arc<World>, id: String, raw: Vec<u8>, letter: &Letter) -> Option<Record> {
    let mut path = "/webhooks/email".to_owned();
    if let Some(sender) = &letter.sender {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("sender", sender).finish();
        path = format!("{path}?{query}");
    }
    let to = header(&raw, "to").unwrap_or_default();
    let account = world.google.account_of(to.trim_matches(['<', '>']));
    let raw = bytes::Bytes::from(raw);
    let (target, load) = (Target::Door(path), Load::Mail(raw.clone()));
    let parcel = Parcel { reason: Reason::EmailIn, key: id, target, load };
    // Who has a mailbox at Google looks there.
    if let Some(account) = account {
        world.google.deliver(world, &account, Delivery::inbox(raw));
        return world.post.handed_over(&parcel);
    }
    post::send(world, parcel).await
}

/// What the control API can make somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
    Answer,
    OutOfOffice,
    Bounce,
    Unsubscribe,
}

/// Somebody does something now: about the last mail they got, or else out of the blue to `sender`.
pub(crate) async fn write(
    world: &Arc<World>,
    address: &str,
    mail: Option<Arc<Mail>>,
    sender: Option<&str>,
    wish: Wish,
    text: &str,
) -> Option<Record> {
    let letter = match &mail {
        Some(mail) => mail.letter(),
        None => Letter {
            reply_to: sender.unwrap_or_default().to_owned(),
            return_path: sender.unwrap_or_default().to_owned(),
            to_names: vec![(address.to_lowercase(), name_from(address))],
            subject: "A question".to_owned(),
            sent_at: clock::now_ms(),
            ..Letter::default()
        },
    };
    match (wish, mail) {
        (Wish::Answer, _) => say(world, address, &letter, text).await,
        (Wish::OutOfOffice, _) => answer_by_machine(world, address, &letter).await,
        (Wish::Bounce, Some(mail)) => come_back(world, address, &mail, &letter, Bounce::NoSuchUser).await,
        (Wish::Unsubscribe, _) => {
            unsubscribe(world, letter.message_id.clone().unwrap_or_default(), letter.unsubscribe).await
        }
        (Wish::Bounce, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Met = Met { received: 1, said: 0 };

    fn times(seed: u64, wanted: impl Fn(&Act) -> bool) -> Vec<f64> {
        let people = (0..400).flat_map(|n| plan(seed, &format!("person{n}@example.com"), FIRST));
        let mut times: Vec<f64> = people.filter(|step| wanted(&step.act)).map(|step| step.after).collect();
        times.sort_by(f64::total_cmp);
        times
    }

    #[test]
    fn the_story_begins_in_time_whatever_the_seed() {
        for seed in 1..20 {
            let first = |wanted: fn(&Act) -> bool| times(seed, wanted).first().copied().unwrap_or(f64::MAX);
            assert!((3.0..8.0).contains(&first(|act| *act == Act::Open)), "seed {seed}: first open");
            assert!((5.0..13.0).contains(&first(|act| *act == Act::Click)), "seed {seed}: first click");
            assert!(
                (10.0..25.0).contains(&first(|act| matches!(act, Act::Answer(_)))),
                "seed {seed}: first answer"
            );
            assert!(first(|act| matches!(act, Act::ComeBack(_))) < 5.0, "seed {seed}: first bounce");
            assert!(first(|act| *act == Act::Unsubscribe) < 40.0, "seed {seed}: first unsubscribe");
        }
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let story = |seed| {
            (0..200).flat_map(|n| plan(seed, &format!("p{n}@x.test"), FIRST)).collect::<Vec<Step<Act>>>()
        };
        assert_eq!(story(5), story(5));
        assert_ne!(story(5), story(6));
    }

    #[test]
    fn who_answered_answers_again_until_all_is_said() {
        let mut met = FIRST;
        for turn in 0..4 {
            let steps = plan(1, "reply@x.test", met);
            assert!(steps.iter().any(|step| matches!(step.act, Act::Answer(_))), "turn {turn}");
            assert!(steps.iter().all(|step| step.after <= 25.0), "{steps:?}");
            met = Met { received: met.received + 1, said: met.said + 1 };
        }
        assert!(!plan(1, "reply@x.test", met).iter().any(|step| matches!(step.act, Act::Answer(_))));
    }
}
