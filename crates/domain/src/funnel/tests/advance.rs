use super::*;
use crate::{ExitReason, condition::Happening};

/// The ways of four people; what follows from the funnel and the person alone.
const PINNED: [&str; 4] = ["yes", "no", "no", "no"];

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
            Effect::Change(changes) => format!("change {:?}, ", changes.set),
            Effect::Task(node) => format!("task {node}, "),
            Effect::Call { node, arrived_at } => format!("call {node} {arrived_at}, "),
            Effect::Give { node, variant, has_won } => {
                format!("give {variant} of {node}{}, ", if *has_won { " that won" } else { "" })
            }
            Effect::Skip(node) => format!("skip {node}, "),
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
        ..Facts::default()
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

/// A funnel with one node of this JSON between an e-mail and an exit.
fn with(json: &str) -> Graph {
    graph(&format!("first email:Hi -> it\nit json:{json} -> done\ndone exit"))
}

#[test]
fn a_wait_until_a_time_of_the_day_goes_by_the_clock_of_the_person() {
    let graph = with(r#"{"type":"wait","config":{"until":"09:00","days":[1,2,3,4,5]}}"#);
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for (zone, arrived, due) in [
        // A Friday morning, that Friday at nine sharp, and after it: the weekend is left out.
        ("Europe/Berlin", "2026-11-20T06:00:00Z", "2026-11-20T08:00:00Z"),
        ("Europe/Berlin", "2026-11-20T08:00:00.001Z", "2026-11-23T08:00:00Z"),
        // The same instant is Thursday evening in Honolulu.
        ("Pacific/Honolulu", "2026-11-20T06:00:00Z", "2026-11-20T19:00:00Z"),
        // The clock goes back and forth at the weekends in between.
        ("America/New_York", "2026-10-30T20:00:00Z", "2026-11-02T14:00:00Z"),
        ("America/New_York", "2026-03-06T20:00:00Z", "2026-03-09T13:00:00Z"),
    ] {
        let zone = crate::schedule::zone(zone);
        let facts = Facts { zone, ..Facts::default() };
        let answer = advance(&graph, "it", at(arrived), &facts, at(arrived)).unwrap();
        assert_eq!(answer.due_at, Some(at(due)), "{arrived} in {:?}", facts.zone);
        let answer = advance(&graph, "it", at(arrived), &facts, at(due)).unwrap();
        assert_eq!(answer.at, "done");
    }
    let sharp =
        advance(&graph, "it", at("2026-11-20T09:00:00Z"), &Facts::default(), at("2026-11-20T09:00:00Z"));
    assert_eq!(sharp.unwrap().at, "done", "nobody waits a day at nine sharp");
}

#[test]
fn a_time_that_a_day_leaves_out_is_the_end_of_the_gap() {
    let graph = with(r#"{"type":"wait","config":{"until":"02:30"}}"#);
    let facts = Facts { zone: crate::schedule::zone("Europe/Berlin"), ..Facts::default() };
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    // On this night 02:00 is followed by 03:00.
    let answer =
        advance(&graph, "it", at("2026-03-28T22:00:00Z"), &facts, at("2026-03-28T22:00:00Z")).unwrap();
    assert_eq!(answer.due_at, Some(at("2026-03-29T01:00:00Z")));
    // On this one 02:30 comes twice; the first counts.
    let answer =
        advance(&graph, "it", at("2026-10-24T22:00:00Z"), &facts, at("2026-10-24T22:00:00Z")).unwrap();
    assert_eq!(answer.due_at, Some(at("2026-10-25T00:30:00Z")));
}

#[test]
fn a_wait_for_something_ends_with_it_or_with_its_time() {
    let graph = graph(
        r#"
        first email:Hi -> it
        it json:{"type":"wait","config":{"event":"opened","node":"first","timeout_seconds":86400}} -> yes if opened@first, no
        yes exit
        no exit"#,
    );
    let (none, opened) = (facts("", &[]), facts("", &["opened"]));
    let resting = after(&graph, "first", &none, 0).unwrap();
    assert_eq!((resting.due_at, resting.awaits), (Some(DAY), Some(Happening::Opened)));
    assert_eq!(say(advance(&graph, "it", 0, &opened, HOUR)), "at yes, finished");
    assert_eq!(say(advance(&graph, "it", 0, &none, DAY)), "at no, finished");
    assert_eq!(say(after(&graph, "first", &opened, 0)), "at yes, finished", "it has happened already");
}

#[test]
fn a_split_takes_the_same_way_for_the_same_person_and_keeps_to_the_weights() {
    let graph = graph(
        r#"
        ab json:{"type":"split","config":{"variants":[{"key":"a","weight":1},{"key":"b","weight":3}]}} -> no
        yes sms:A
        no sms:B"#,
    );
    let mut graph = graph;
    let condition = serde_json::from_str(r#"{"split":"ab","variant":"a"}"#).unwrap();
    graph.edges.insert(0, Edge { from: "ab".into(), to: "yes".into(), condition: Some(condition) });
    assert_eq!(validate(&graph), []);
    let way = |seed: &str| {
        let facts = Facts { variants: chances(&graph, seed), ..Facts::default() };
        advance(&graph, "ab", 0, &facts, 0).unwrap().at
    };
    let seeds: Vec<String> = (0..10_000).map(|n| format!("campaign contact-{n}")).collect();
    let ways: Vec<String> = seeds.iter().map(|seed| way(seed)).collect();
    assert_eq!(seeds.iter().map(|seed| way(seed)).collect::<Vec<_>>(), ways);
    // A quarter, give or take five standard deviations.
    let a = ways.iter().filter(|way| *way == "yes").count();
    assert!((2_284..=2_716).contains(&a), "{a} of 10,000");
    // Told for ever: people who are on their way must not change it with a new version of the program.
    assert_eq!(["x", "y", "z", "ä"].map(way), PINNED);
}

#[test]
fn whoever_comes_after_a_winner_goes_its_way_and_everybody_else_stays_in_theirs() {
    let mut graph = graph(
        r#"
        ab json:{"type":"split","config":{"variants":[{"key":"a","weight":1},{"key":"b","weight":1}]}} -> b
        a sms:A -> rest
        b sms:B -> rest
        rest wait:60 -> ask
        ask condition -> bye
        hi exit
        bye exit"#,
    );
    let asks = |from: &str, to: &str| {
        let condition = serde_json::from_str(r#"{"split":"ab","variant":"a"}"#).ok();
        Edge { from: from.into(), to: to.into(), condition }
    };
    graph.edges.splice(0..0, [asks("ab", "a"), asks("ask", "hi")]);
    assert_eq!(validate(&graph), []);
    let seed = (0..).map(|n| n.to_string()).find(|seed| chances(&graph, seed)["ab"] == "a").unwrap();
    let one = |text: &str| [("ab".to_owned(), text.to_owned())].into();
    let none = Facts { variants: chances(&graph, &seed), ..Facts::default() };
    assert_eq!(say(enter(&graph, &none, 0)), "give a of ab, send a, at a");
    let late = Facts { winners: one("b"), ..none.clone() };
    assert_eq!(say(enter(&graph, &late, 0)), "give b of ab that won, send b, at b");
    // Whom chance gave a before: at the split again, and at a later question.
    let early = Facts { given: one("a"), ..late.clone() };
    assert_eq!(say(enter(&graph, &early, 0)), "send a, at a");
    assert_eq!(say(advance(&graph, "rest", 0, &early, DAY)), "at hi, finished");
    let theirs = Facts { variants: variants(&graph, &seed, &one("b")), ..late };
    assert_eq!(say(advance(&graph, "rest", 0, &theirs, DAY)), "at bye, finished");
    // What is not offered any more has neither won nor been given.
    let gone = Facts { given: one("c"), winners: one("d"), ..none };
    assert_eq!(say(enter(&graph, &gone, 0)), "give a of ab, send a, at a");
    assert_eq!(variants(&graph, &seed, &one("c")), chances(&graph, &seed));
}

#[test]
fn a_goto_goes_on_elsewhere_and_a_circle_of_them_is_found() {
    let graph = graph(
        "a email:Hi -> b\nb wait:60 -> c\nc condition -> stop if opened, again\nagain goto:a\nstop exit",
    );
    assert_eq!(validate(&graph), []);
    assert_eq!(say(advance(&graph, "b", 0, &facts("", &[]), HOUR)), "send a, at a");
    let circle = super::graph("a email:Hi -> b\nb condition -> stop if opened, c\nc goto:b\nstop exit");
    let codes: Vec<&str> = validate(&circle).iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["graph.cycle_without_wait"]);
}

#[test]
fn what_a_step_changes_is_seen_by_the_steps_behind_it() {
    let graph = graph(
        r#"
        a json:{"type":"update_contact","config":{"set":{"contact.city":"{{ contact.country | upper }}","contact.title":"{{ contact.phone }}","contact.last_name":" ","contact.first_name":"Ann"},"status":"Engaged"}} -> b
        b json:{"type":"update_contact","config":{"set":{"contact.country":"{{ contact.full_name }} of {{ contact.city }}"}}} -> c
        c condition -> yes if status=engaged, no
        yes exit
        no exit"#,
    );
    assert_eq!(validate(&graph), []);
    let facts = Facts {
        fields: [("country", "Norway"), ("first_name", "Old"), ("last_name", "Name")]
            .map(|(field, value)| (format!("contact.{field}"), value.to_owned()))
            .into(),
        ..Facts::default()
    };
    // A merge tag without a value leaves its field alone; an empty text clears it.
    assert_eq!(
        say(enter(&graph, &facts, 0)),
        r#"change {"contact.city": Some("NORWAY"), "contact.first_name": Some("Ann"), "contact.last_name": None}, change {"contact.country": Some("Ann of NORWAY")}, at yes, finished"#
    );
}

#[test]
fn a_task_is_waited_for_until_it_is_over_or_its_time_is() {
    let mut graph = graph(
        r#"
        call json:{"type":"task","config":{"kind":"call","title":"Call","timeout_seconds":86400}} -> late
        done exit:done
        skipped exit:skipped
        late exit:late"#,
    );
    for (outcome, to) in [("done", "done"), ("skipped", "skipped")] {
        let asks = format!(r#"{{"task":"call","outcome":"{outcome}"}}"#);
        let condition = Some(serde_json::from_str(&asks).unwrap());
        graph.edges.insert(0, Edge { from: "call".into(), to: to.into(), condition });
    }
    assert_eq!(validate(&graph), []);
    let closed = |arrived_at, outcome| Facts {
        tasks: [("call".to_owned(), Closed { arrived_at, outcome })].into(),
        ..Facts::default()
    };
    let none = Facts::default();
    assert_eq!(say(enter(&graph, &none, 0)), "task call, at call until 24h");
    // Asked again before its time, nobody gets a second one: it is the same visit.
    assert_eq!(say(advance(&graph, "call", 0, &none, HOUR)), "task call, at call until 24h");
    assert_eq!(say(advance(&graph, "call", 0, &none, DAY)), "at late, finished: late");
    for (outcome, end) in [(TaskOutcome::Done, "done"), (TaskOutcome::Skipped, "skipped")] {
        let there = advance(&graph, "call", HOUR, &closed(HOUR, outcome), 2 * HOUR);
        assert_eq!(say(there), format!("at {end}, finished: {end}"));
    }
    // What was done on an earlier visit is no answer to this one.
    let again = advance(&graph, "call", HOUR, &closed(0, TaskOutcome::Done), 2 * HOUR);
    assert_eq!(say(again), "task call, at call until 25h");
}

#[test]
fn a_task_without_a_longest_time_is_waited_for_as_long_as_it_takes() {
    let graph = with(r#"{"type":"task","config":{"kind":"review","title":"Look"}}"#);
    let year = 365 * DAY;
    let answer = advance(&graph, "it", 0, &Facts::default(), year).unwrap();
    assert_eq!((answer.at.as_str(), answer.due_at, answer.end), ("it", None, None));
}

#[test]
fn a_webhook_is_told_in_passing_and_what_cannot_be_done_is_passed_over() {
    let id = crate::ids::WebhookId::from_uuid(uuid::Uuid::from_u128(7));
    let graph = graph(&format!(
        r#"
        w wait:3600 -> a
        a json:{{"type":"webhook","config":{{"webhook_id":"{id}"}}}} -> b
        b json:{{"type":"ai_draft","config":{{"instructions":"Hi"}}}} -> c
        c json:{{"type":"enrich","config":{{}}}} -> d
        d exit"#
    ));
    let there = advance(&graph, "w", 0, &Facts::default(), HOUR);
    assert_eq!(say(there), format!("call a {HOUR}, skip b, skip c, at d, finished"));
}

#[test]
fn a_wait_for_a_date_goes_by_the_clock_of_the_person_also_where_it_is_changed() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let facts = |day: &str, zone: &str| Facts {
        dates: [("contact.custom.renewal".to_owned(), day.parse().unwrap())].into(),
        zone: crate::schedule::zone(zone),
        ..Facts::default()
    };
    let wait = |more: &str| {
        with(&format!(r#"{{"type":"wait","config":{{"date":"contact.custom.renewal"{more}}}}}"#))
    };
    for (more, day, zone, due) in [
        ("", "2026-12-01", "Europe/Berlin", "2026-12-01T08:00:00Z"),
        ("", "2026-12-01", "Pacific/Honolulu", "2026-12-01T19:00:00Z"),
        (r#","offset_days":-7,"at":"16:30""#, "2026-12-01", "Europe/Berlin", "2026-11-24T15:30:00Z"),
        (r#","offset_days":1"#, "2027-02-28", "Europe/Berlin", "2027-03-01T08:00:00Z"),
        // Summer time begins between the day of the field and that of the wait: nine stays nine.
        (r#","offset_days":-1"#, "2027-03-28", "Europe/Berlin", "2027-03-27T08:00:00Z"),
        (r#","offset_days":1"#, "2027-03-27", "Europe/Berlin", "2027-03-28T07:00:00Z"),
        // 02:30 does not exist on this day: it is the end of the gap. On this one it comes twice: the first.
        (r#","at":"02:30""#, "2027-03-28", "Europe/Berlin", "2027-03-28T01:00:00Z"),
        (r#","at":"02:30""#, "2027-10-31", "Europe/Berlin", "2027-10-31T00:30:00Z"),
    ] {
        let (graph, facts, arrived) = (wait(more), facts(day, zone), at("2026-11-22T12:00:00Z"));
        let resting = advance(&graph, "it", arrived, &facts, arrived).unwrap();
        assert_eq!((resting.at.as_str(), resting.due_at), ("it", Some(at(due))), "{more} {day} {zone}");
        assert_eq!(advance(&graph, "it", arrived, &facts, at(due) - 1).unwrap().at, "it");
        assert_eq!(advance(&graph, "it", arrived, &facts, at(due)).unwrap().at, "done");
    }
    let arrived = at("2026-11-22T12:00:00Z");
    let past = facts("2026-11-20", "UTC");
    for (more, facts, expected) in [
        ("", &past, "at done, finished"),
        (r#","if_past":"leave""#, &past, "at it, finished: The day was over"),
        (r#","if_past":"leave","offset_days":7"#, &past, "at it until"),
        (r#","if_past":"leave""#, &Facts::default(), "at done, finished"),
        (r#","if_none":"leave""#, &Facts::default(), "at it, finished: They have no such day"),
        (r#","if_none":"leave""#, &past, "at done, finished"),
    ] {
        let said = say(advance(&wait(more), "it", arrived, facts, arrived));
        assert!(said.starts_with(expected), "{more}: {said}");
    }
    for bad in [
        r#""date":"x","seconds":1"#,
        r#""offset_days":1"#,
        r#""date":"x","days":[1]"#,
        r#""date":"x","at":"25:00""#,
    ] {
        let json = format!(r#"{{"type":"wait","config":{{{bad}}}}}"#);
        assert!(serde_json::from_str::<Action>(&json).is_err(), "{bad}");
    }
}
