use super::*;
use crate::ExitReason;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn say(answer: Result<Advance, AdvanceError>) -> String {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return format!("error: {error}"),
    };
    let effects: Vec<String> = answer
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::SetStatus(status) => format!("status {status}, "),
            Effect::Send(node) => format!("send {node}, "),
        })
        .collect();
    let due = answer.due_at.map(|due| format!(" until {}h", due as f64 / HOUR as f64)).unwrap_or_default();
    let end = answer.end.map(|end| format!(", {end}")).unwrap_or_default();
    let note = answer.note.map(|note| format!(": {note}")).unwrap_or_default();
    format!("{}at {}{due}{end}{note}", effects.concat(), answer.at)
}

fn facts(city: &str, events: &[&str]) -> Facts {
    Facts {
        fields: [("contact.city".to_owned(), city.to_owned())].into(),
        events: events.iter().map(|event| (event.to_string(), Some("first".to_owned()))).collect(),
    }
}

#[test]
fn somebody_travels_a_funnel() {
    let graph = graph(FOLLOW_UP);
    let none = facts("", &[]);
    assert_eq!(say(enter(&graph, &none, 0)), "status Messaged, send first, at first");
    assert_eq!(say(after(&graph, "first", &none, HOUR)), "at rest until 25h");
    // Not yet due: nothing happens, and it is due when it was.
    assert_eq!(say(advance(&graph, "rest", HOUR, &none, 2 * HOUR)), "at rest until 25h");
    assert_eq!(say(advance(&graph, "rest", HOUR, &none, HOUR + DAY - 1)), "at rest until 25h");
    assert_eq!(say(advance(&graph, "rest", HOUR, &none, HOUR + DAY)), "send again, at again");
    assert_eq!(say(advance(&graph, "rest", HOUR, &facts("boston", &[]), 30 * HOUR)), "send text, at text");
    assert_eq!(
        say(advance(&graph, "rest", HOUR, &facts("boston", &["opened"]), 30 * HOUR)),
        "at thanks, finished: engaged"
    );
    assert_eq!(say(after(&graph, "text", &none, 0)), "send again, at again");
    assert_eq!(say(after(&graph, "again", &none, 0)), "at done, finished");
}

#[test]
fn the_edges_that_were_passed_are_told() {
    let graph = graph(FOLLOW_UP);
    let answer = advance(&graph, "rest", 0, &facts("", &["opened"]), 2 * DAY).unwrap();
    let pairs: Vec<(&str, &str)> = answer.passed.iter().map(|(from, to)| (&**from, &**to)).collect();
    assert_eq!(pairs, [("rest", "ask"), ("ask", "thanks")]);
    assert_eq!((answer.end, answer.arrived_at), (Some(ExitReason::Finished), 2 * DAY));
}

#[test]
fn the_first_edge_that_holds_wins_and_the_one_without_a_condition_is_the_last() {
    let graph = graph(
        "
        a condition -> otherwise, x if city=x, y if opened
        otherwise exit
        x exit
        y exit
    ",
    );
    let at = |facts: &Facts| advance(&graph, "a", 0, facts, 0).unwrap().at;
    assert_eq!(at(&facts("", &[])), "otherwise");
    assert_eq!(at(&facts("", &["opened"])), "y");
    assert_eq!(at(&facts("x", &["opened"])), "x");
}

#[test]
fn who_comes_to_the_end_of_the_road_has_finished() {
    let graph = graph(
        "
        a stage -> b if opened
        b email:Hi
    ",
    );
    assert_eq!(say(enter(&graph, &facts("", &[]), 0)), "at a, finished");
    assert_eq!(say(after(&graph, "b", &facts("", &[]), 0)), "at b, finished");
}

/// A node that slept for a month: the waits are not skipped in a burst.
#[test]
fn a_wait_that_was_slept_through_does_not_shorten_the_next() {
    let graph = graph(
        "
        a wait:86400 -> b
        b wait:86400 -> c
        c email:Hi
    ",
    );
    let month = 30 * DAY;
    assert_eq!(say(advance(&graph, "a", 0, &facts("", &[]), month)), format!("at b until {}h", 31 * 24));
}

/// Ninety days in ninety-one steps, to the millisecond (reliability.md T-T3).
#[test]
fn ninety_days_of_waiting_are_exact() {
    let graph = graph(
        "
        a wait:86400 -> b
        b sms:Hi -> a
    ",
    );
    let (mut at, mut arrived, mut now, mut sent) = ("a".to_owned(), 7, 7, 0);
    while sent < 90 {
        let answer = advance(&graph, &at, arrived, &Facts::default(), now).unwrap();
        (at, arrived) = (answer.at, answer.arrived_at);
        match answer.due_at {
            Some(due) => now = due,
            None => {
                sent += 1;
                let answer = after(&graph, &at, &Facts::default(), now).unwrap();
                (at, arrived) = (answer.at, answer.arrived_at);
                now = answer.due_at.unwrap_or(now);
            }
        }
    }
    assert_eq!(now, 7 + 91 * DAY);
}

#[test]
fn damaged_graphs_are_errors_not_endless() {
    let circle = graph(
        "
        a stage -> b
        b stage -> a
    ",
    );
    let error = say(advance(&circle, "a", 0, &Facts::default(), 0));
    assert!(error.starts_with("error: 100 nodes without a wait"), "{error}");
    assert!(say(enter(&circle, &Facts::default(), 0)).contains("no node to start with"));
    assert!(say(advance(&circle, "gone", 0, &Facts::default(), 0)).contains("no node \"gone\""));
    let dangling = graph("a stage -> gone");
    assert!(say(enter(&dangling, &Facts::default(), 0)).contains("no node \"gone\""));
}

#[test]
fn waits_without_measure_do_not_overflow() {
    for seconds in [i64::MAX, i64::MIN, -1, 0] {
        let graph = graph(&format!("a wait:{seconds} -> b\nb exit"));
        for now in [i64::MIN, 0, i64::MAX] {
            advance(&graph, "a", now, &Facts::default(), now).unwrap();
        }
    }
}
