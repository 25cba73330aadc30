use super::{people::synthetic, *};

use crate::funnel::WhatsappText;
use crate::funnel::{
    advance, after, enter,
    tests::{any_graph, graph},
    validate::{Severity, validate},
};
use crate::{message::ApprovedTemplate, schedule::SendWindow};
use proptest::prelude::*;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// A Monday, 08:00 in UTC.
const MONDAY: i64 = 1_767_600_000_000;

fn ann() -> Person {
    let fields =
        [("contact.first_name", "Ann"), ("contact.email", "ann@people.example"), ("contact.status", "New")];
    Person {
        seed: "ann".into(),
        name: "Ann".into(),
        fields: fields.map(|(field, value)| (field.into(), value.into())).into(),
        zone: Some(TimeZone::UTC),
        reach: [(Channel::Email, Reach { address: "ann@people.example".into(), ..Reach::default() })].into(),
    }
}

fn setting() -> Setting {
    Setting { start: MONDAY, ..Setting::default() }
}

fn nobody_answers() -> Scenario {
    Scenario::default()
}

fn all(answers: Answers) -> Scenario {
    Scenario { all: answers, ..Scenario::default() }
}

/// `day.hour what step`, in lines.
fn told(story: &Story) -> String {
    let line = |entry: &Entry| {
        let since = entry.at_ms - MONDAY;
        let node = entry.node.as_deref().unwrap_or("-");
        format!("{}.{:02} {} {node}", since / DAY, since % DAY / HOUR, entry.what)
    };
    story.entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn play(text: &str, person: &Person, setting: &Setting, scenario: &Scenario) -> Story {
    Stage::new(&graph(text), setting, scenario).play(person)
}

const FOLLOW_UP: &str = "
    new stage:Messaged -> first
    first email:Hi {{ contact.first_name }} -> rest
    rest wait:86400 -> ask
    ask condition -> thanks if opened, text if city=Boston, again
    thanks exit:engaged
    text sms:Hi -> again
    again followup:Hi again -> done
    done exit
";

#[test]
fn who_does_nothing_gets_everything() {
    let story = play(FOLLOW_UP, &ann(), &setting(), &nobody_answers());
    assert_eq!(
        told(&story),
        "0.00 status -\n0.00 sent first\n0.00 waits rest\n1.00 sent again\n1.00 ends done"
    );
    let sent: Vec<_> = story.entries.iter().filter(|entry| entry.what == What::Sent).collect();
    assert_eq!(sent[0].text.as_deref(), Some("Hi Ann"));
    assert_eq!(sent[1].subject.as_deref(), Some("Re: Hello"), "a follow-up keeps the subject of its thread");
    assert_eq!((story.outcome, story.ended_at), (Outcome::Finished, MONDAY + DAY));
}

#[test]
fn who_opens_and_who_answers_goes_another_way() {
    let opens = all(Answers { opened: 100, after_seconds: 7200, ..Answers::default() });
    let story = play(FOLLOW_UP, &ann(), &setting(), &opens);
    assert_eq!(
        told(&story),
        "0.00 status -\n0.00 sent first\n0.00 waits rest\n0.02 opened first\n1.00 ends thanks"
    );
    let replies = all(Answers { replied: 100, after_seconds: 7200, ..Answers::default() });
    let story = play(FOLLOW_UP, &ann(), &setting(), &replies);
    assert_eq!(
        told(&story),
        "0.00 status -\n0.00 sent first\n0.00 waits rest\n0.04 replied first\n0.04 ends rest"
    );
    assert_eq!(story.outcome, Outcome::Replied);
    let bounces = all(Answers { bounced: 100, ..Answers::default() });
    assert_eq!(play(FOLLOW_UP, &ann(), &setting(), &bounces).outcome, Outcome::Bounced);
    // Only with the message of one step.
    let steps = [("again".to_owned(), Answers { replied: 100, ..Answers::default() })].into();
    let story = play(FOLLOW_UP, &ann(), &setting(), &Scenario { steps, ..Scenario::default() });
    assert_eq!((story.outcome, story.entries.last().unwrap().what), (Outcome::Finished, What::Replied));
}

#[test]
fn a_wait_for_an_opening_ends_when_it_comes() {
    let text = r#"
        first email:Hi -> rest
        rest json:{"type":"wait","config":{"event":"opened","node":"first","timeout_seconds":864000}} -> done
        done exit
    "#;
    let opens = all(Answers { opened: 100, after_seconds: 3600, ..Answers::default() });
    assert_eq!(play(text, &ann(), &setting(), &opens).ended_at, MONDAY + HOUR);
    assert_eq!(play(text, &ann(), &setting(), &nobody_answers()).ended_at, MONDAY + 10 * DAY);
}

#[test]
fn what_keeps_a_message_back_is_told() {
    let mut person = ann();
    person.fields.remove("contact.first_name");
    let story = play(FOLLOW_UP, &person, &setting(), &nobody_answers());
    assert_eq!(story.outcome, Outcome::MissingValue);
    assert_eq!(story.entries.last().unwrap().text.as_deref(), Some("No value for contact.first_name."));
    let mut person = ann();
    person.reach.clear();
    let story = play(FOLLOW_UP, &person, &setting(), &nobody_answers());
    assert!(told(&story).contains("skipped first"), "{}", told(&story));
    let reach = |reach: Reach| Person { reach: [(Channel::Email, reach)].into(), ..ann() };
    let suppressed = reach(Reach { suppressed: Some("Opted out".into()), ..Reach::default() });
    assert_eq!(play(FOLLOW_UP, &suppressed, &setting(), &nobody_answers()).outcome, Outcome::Suppressed);
    let silent = reach(Reach { consent_missing: true, ..Reach::default() });
    assert_eq!(play(FOLLOW_UP, &silent, &setting(), &nobody_answers()).outcome, Outcome::NoConsent);
}

#[test]
fn messages_leave_in_the_hours_of_the_person() {
    let windows = vec![SendWindow::new(&[1, 2, 3, 4, 5], 540, 1020).unwrap()];
    let setting = Setting { hours: Hours { windows, holidays: vec![] }, ..setting() };
    let story = play(FOLLOW_UP, &ann(), &setting, &nobody_answers());
    assert_eq!(
        told(&story),
        "0.00 status -\n0.00 later first\n0.01 sent first\n0.01 waits rest\n1.01 sent again\n1.01 ends done"
    );
    let tokyo = Person { zone: crate::schedule::zone("Asia/Tokyo"), ..ann() };
    let story = play(FOLLOW_UP, &tokyo, &setting, &nobody_answers());
    assert!(told(&story).contains("0.16 sent first"), "17:00 in Tokyo is over: {}", told(&story));
    let closed = ["2027-03-01", "2027-03-02"].map(|day| day.parse().unwrap()).to_vec();
    let setting = Setting { hours: Hours { holidays: closed, ..Hours::default() }, ..setting };
    let story = play(FOLLOW_UP, &ann(), &setting, &nobody_answers());
    assert!(told(&story).contains("sent first"), "{}", told(&story));
}

#[test]
fn a_circle_without_end_is_left_in_time() {
    let text = "first email:Hi -> rest\nrest wait:60 -> back\nback goto:first\n";
    let story = play(text, &ann(), &setting(), &nobody_answers());
    assert_eq!(story.outcome, Outcome::TooLong);
    assert!(story.entries.len() < MAX_ENTRIES + 10);
}

#[test]
fn many_are_counted_and_the_same_seed_tells_the_same() {
    let graph = graph(FOLLOW_UP);
    let setting = setting();
    let scenario = all(Answers { opened: 50, replied: 10, after_seconds: 3600, ..Answers::default() });
    let people = synthetic(1000, 7);
    let count = || {
        let stage = Stage::new(&graph, &setting, &scenario);
        let stories: Vec<Story> = people.iter().map(|person| stage.play(person)).collect();
        summary(&graph, &stories)
    };
    let first = count();
    assert_eq!(first, count());
    assert_eq!(first.outcomes.values().sum::<usize>(), 1000);
    assert_eq!(first.steps.iter().map(|step| step.ended).sum::<usize>(), 1000, "everybody ends at one step");
    assert_eq!(first.steps[0].reached, 1000);
    for outcome in ["finished", "replied", "missing_value"] {
        assert!(first.outcomes[outcome] > 20, "{first:?}");
    }
    let opened = first.steps[1].opened * 100 / first.steps[1].sent;
    assert!((40..60).contains(&opened), "{opened} of 100");
    assert_ne!(people, synthetic(1000, 8));
}

/// The engine by hand: who opens, clicks and answers nothing, and has every address, goes the way that [`advance`] says.
fn by_hand(graph: &Graph, person: &Person) -> Vec<(i64, String)> {
    let mut facts = Facts {
        fields: person.fields.clone(),
        zone: person.zone.clone(),
        variants: funnel::chances(graph, &person.seed),
        ..Facts::default()
    };
    let (mut now, mut sent) = (MONDAY, Vec::new());
    let mut next = enter(graph, &facts, now);
    while let Ok(at) = next {
        if at.end.is_some() || sent.len() > 20 || now > MONDAY + 700 * DAY {
            break;
        }
        let send = at.effects.iter().find_map(|effect| match effect {
            Effect::Send(node) => Some(node.clone()),
            _ => None,
        });
        for effect in &at.effects {
            effect.note(&mut facts);
        }
        next = match send {
            Some(node) => {
                sent.push((now, node.clone()));
                for event in ["sent", "delivered"] {
                    facts.events.push((event.into(), Some(node.clone())));
                }
                after(graph, &node, &facts, now)
            }
            None => {
                // Somebody does a task when it should be done.
                let task = match &graph.node(&at.at).unwrap().action {
                    Action::Task(task) => Some(task.due_at(at.arrived_at)),
                    _ => None,
                };
                now = at.due_at.into_iter().chain(task).min().unwrap();
                if task == Some(now) {
                    let closed = Closed { arrived_at: at.arrived_at, outcome: TaskOutcome::Done };
                    facts.tasks.insert(at.at.clone(), closed);
                }
                advance(graph, &at.at, at.arrived_at, &facts, now)
            }
        };
    }
    sent.truncate(20);
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_graphs_are_rehearsed_as_they_run(graph in any_graph(), scenario: u8) {
        let mut person = synthetic(1, u32::from(scenario)).remove(0);
        for channel in Channel::ALL {
            person.reach.insert(*channel, Reach { address: "x".into(), ..Reach::default() });
        }
        let mut graph = graph;
        for node in &mut graph.nodes {
            match &mut node.action {
                Action::EmailSend { subject, body, .. } => (*subject, *body) = ("Hello".into(), "Hi".into()),
                Action::SmsSend { body, .. } => *body = "Hi".into(),
                // Nobody has written first: only an approved template leaves, and on Messenger nothing does.
                Action::WhatsappSend(WhatsappText { body, template, .. }) => {
                    let (name, language) = ("hello".into(), "en_US".into());
                    *template = Some(ApprovedTemplate { name, language, values: vec![], places: vec![] });
                    *body = "Hi".into();
                }
                Action::MessengerSend(_) => node.action = Action::SmsSend { body: "Hi".into(), approval: None },
                _ => {}
            }
        }
        let setting = setting();
        let scenario = nobody_answers();
        let story = Stage::new(&graph, &setting, &scenario).play(&person);
        let sound = validate(&graph).iter().all(|problem| problem.severity != Severity::Error);
        prop_assert!(!sound || story.outcome != Outcome::Failed, "{:?}", story);
        prop_assert!(story.entries.windows(2).all(|two| two[0].at_ms <= two[1].at_ms));
        if sound && story.outcome != Outcome::TooLong {
            let sent: Vec<(i64, String)> = story.entries.iter().filter(|entry| entry.what == What::Sent)
                .map(|entry| (entry.at_ms, entry.node.clone().unwrap())).take(20).collect();
            prop_assert_eq!(sent, by_hand(&graph, &person));
        }
        let counted = summary(&graph, &[story]);
        prop_assert_eq!(counted.people, 1);
    }
}
