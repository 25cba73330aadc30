use super::*;
use crate::{condition::Condition, custom_field::FieldKind};

fn say(graph: &Graph) -> String {
    let line = |problem: &Problem| {
        let node = problem.node.as_deref().unwrap_or("-");
        format!("{} {} [{node}] {} {}", problem.severity, problem.code, problem.message, problem.fix)
    };
    validate(graph).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn codes(graph: &Graph) -> Vec<&'static str> {
    validate(graph).iter().map(|problem| problem.code).collect()
}

#[test]
fn a_good_funnel_has_no_problems() {
    assert_eq!(say(&graph(FOLLOW_UP)), "");
    assert_eq!(say(&graph("a email:Hi\n")), "");
    assert_eq!(
        say(&graph(
            "a email:Hi -> w\nw wait:60 -> c\nc condition -> done if replied, a2\na2 sms:Hi -> w\ndone exit"
        )),
        ""
    );
}

/// reliability.md Y7 and Y9: named nodes, all problems at once.
#[test]
fn bad_funnels() {
    let mut out = String::new();
    for text in [
        "",
        "a email:Hi -> gone",
        "a stage -> a",
        "a stage -> b\nb email:Hi -> c\nc sms:Hi -> b",
        "a stage -> b\nb wait:60 -> c\nc sms:Hi -> b",
        "a email:Hi -> b\nb wait:60 -> a",
        "a email:Hi -> c\nb sms:Hi -> c\nc exit",
        "a email:Hi\nb wait:60 -> c\nc wait:60 -> b",
        "a wait:-1 -> b\nb wait:0 -> c\nc wait:1000000000000 -> d\nd exit",
        "a email: -> b\nb sms:  -> c\nc exit",
        "a email:Hi {{ contact.frist_name }} -> b\nb sms:{{ contact.first_name -> c\nc sms:{% for %}",
        "a email:Hi -> b\na sms:Hi\nb exit",
        "a condition -> b if opened\nb exit",
        "a condition -> b\nb exit",
        "a stage -> b, c\nb exit\nc exit",
        "a email:Hi -> b if opened@x\nb sms:Hi -> c if opened@a\nc stage -> d if opened@c\nd exit",
        "a email:Hi -> b if favourite_colour=red, b if citty=x\nb exit -> c\nc exit",
        "a followup:Hi -> b\nb followup:Hi",
    ] {
        out +=
            &format!("{}\n    {}\n\n", text.replace('\n', " | "), say(&graph(text)).replace('\n', "\n    "));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn waits_splits_and_gotos_have_rules() {
    let split = |variants: &str| format!(r#"{{"type":"split","config":{{"variants":[{variants}]}}}}"#);
    let split_with = |variants: &str, sample: u32, confidence: u8, answers: &str| {
        let winner = format!(r#"{{"sample":{sample},"confidence":{confidence}{answers}}}"#);
        format!(r#"{{"type":"split","config":{{"variants":[{variants}],"winner":{winner}}}}}"#)
    };
    let wait = |config: &str| format!(r#"{{"type":"wait","config":{{{config}}}}}"#);
    let ab = r#"{"key":"a","weight":1},{"key":"b","weight":1}"#;
    for (json, expected) in [
        (wait(r#""until":"9:00""#), vec![]),
        (wait(r#""until":"23:59","days":[]"#), vec!["wait.no_day"]),
        (wait(r#""until":"23:59","days":[0,1]"#), vec!["wait.day"]),
        (wait(r#""event":"opened","node":"first","timeout_seconds":60"#), vec![]),
        (wait(r#""event":"opened","node":"done","timeout_seconds":60"#), vec!["wait.node"]),
        (wait(r#""event":"opened","node":"gone","timeout_seconds":0"#), vec!["wait.node", "wait.too_short"]),
        (split(ab), vec![]),
        (split(r#"{"key":"a","weight":1}"#), vec!["split.variants"]),
        (
            split(r#"{"key":"a","weight":0},{"key":"a","weight":0}"#),
            vec!["split.duplicate_key", "split.no_weight"],
        ),
        (split(r#"{"key":" ","weight":1},{"key":"b","weight":1000001}"#), vec!["split.key", "split.weight"]),
        (
            r#"{"type":"goto","config":{"node":"first"}}"#.into(),
            vec!["goto.goes_on", "graph.cycle_without_wait"],
        ),
        (r#"{"type":"goto","config":{"node":"it"}}"#.into(), vec!["goto.itself", "goto.goes_on"]),
        (r#"{"type":"goto","config":{"node":"gone"}}"#.into(), vec!["goto.nothing", "goto.goes_on"]),
    ] {
        let graph = graph(&format!("first email:Hi -> it\nit json:{json} -> done\ndone exit"));
        let mut found = codes(&graph);
        // Nothing leads from a goto to the exit that is drawn behind it.
        found.retain(|code| !["node.unreachable", "graph.no_end"].contains(code));
        assert_eq!(found, expected, "{json}");
    }
    // What a winner takes.
    let ends =
        graph(&format!("first email:Hi -> it\nit json:{} -> done\ndone exit", split_with(ab, 100, 95, "")));
    assert_eq!(codes(&ends), ["split.no_message"]);
    for (variants, sample, confidence, answers, expected) in [
        (ab, 100, 95, "", vec![]),
        (ab, 20, 80, r#","answers":["positive"]"#, vec![]),
        (ab, 19, 100, r#","answers":[]"#, vec!["split.sample", "split.confidence", "split.no_answers"]),
        (ab, 20, 99, r#","answers":["positive","unsubscribe"]"#, vec!["split.answers"]),
        (ab, 20, 99, r#","answers":["out_of_office"]"#, vec!["split.answers"]),
        (ab, 20, 99, r#","answer_hours":720"#, vec![]),
        (ab, 20, 99, r#","answer_hours":721"#, vec!["split.answer_hours"]),
        (r#"{"key":"a","weight":0},{"key":"b","weight":1}"#, 20, 99, "", vec!["split.no_contest"]),
    ] {
        let json = split_with(variants, sample, confidence, answers);
        let graph = graph(&format!("it json:{json} -> first\nfirst email:Hi -> done\ndone exit"));
        assert_eq!(codes(&graph), expected, "{json}");
    }
    // Where no edge is for everybody, each variant needs one.
    let mut graph = graph(&format!("it json:{} -> done\ndone exit", split(ab)));
    graph.edges[0].condition = Some(serde_json::from_str(r#"{"split":"it","variant":"a"}"#).unwrap());
    assert_eq!(codes(&graph), ["split.no_edge"]);
    graph.edges[0].condition = Some(serde_json::from_str(r#"{"split":"it","variant":"c"}"#).unwrap());
    assert_eq!(codes(&graph), ["split.no_edge", "split.no_edge", "condition.variant"]);
    for config in
        [r#""seconds":1,"until":"09:00""#, r#""until":"24:00""#, r#""days":[1]"#, r#""event":"opened""#]
    {
        assert!(serde_json::from_str::<Action>(&wait(config)).is_err(), "{config}");
    }
}

#[test]
fn subjects_keys_and_sizes_have_limits() {
    let mut subject = graph("a email:Hi");
    let set = |graph: &mut Graph, text: &str| {
        if let Action::EmailSend { subject, .. } = &mut graph.nodes[0].action {
            *subject = text.into();
        }
    };
    set(&mut subject, "Hi\r\nBcc: everybody@example.com");
    assert_eq!(codes(&subject), ["email.subject_lines"]);
    set(&mut subject, &"x".repeat(501));
    assert_eq!(codes(&subject), ["email.subject_long"]);
    set(&mut subject, " ");
    assert_eq!(codes(&subject), ["email.no_subject"]);

    let mut status = graph("a stage:x");
    for bad in [" ", &"x".repeat(61)] {
        status.nodes[0].action = Action::Stage { status: Some(bad.into()) };
        assert_eq!(codes(&status), ["stage.status"]);
    }

    let mut keys = graph("a email:Hi");
    for bad in ["", "a b", "a/../b", "ä", &"x".repeat(65)] {
        keys.nodes[0].key = bad.into();
        assert_eq!(codes(&keys), ["node.key"], "{bad}");
    }
    assert_eq!(codes(&graph(&format!("a sms:{}", "x".repeat(1_531)))), ["sms.too_long"]);

    let line = |count: usize| {
        graph(&(0..count).map(|n| format!("n{n} wait:60 -> n{}\n", n + 1)).collect::<String>())
    };
    assert_eq!(codes(&line(1_001)), ["graph.too_many_nodes"]);
    assert_eq!(codes(&line(1_000)), ["edge.to_nothing"]);
    let mut edges = graph("a email:Hi");
    edges.edges = vec![Edge { from: "a".into(), to: "b".into(), condition: None }; 4_001];
    assert_eq!(codes(&edges), ["graph.too_many_edges"]);
}

#[test]
fn conditions_have_limits() {
    let nested = |depth: usize| {
        let leaf =
            Condition::Event { event: crate::condition::Happening::Opened, node: None, happened: true };
        (0..depth).fold(leaf, |not, _| Condition::Not { not: Box::new(not) })
    };
    let with = |condition| {
        let mut graph = graph("a email:Hi -> b if opened, b2\nb exit\nb2 exit");
        graph.edges[0].condition = Some(condition);
        codes(&graph)
    };
    assert!(with(nested(19)).is_empty());
    assert_eq!(with(nested(20)), ["condition.too_deep"]);
    assert_eq!(with(Condition::All { all: vec![nested(0); 250] }), ["condition.too_long"]);
    assert_eq!(with(Condition::Any { any: vec![] }), ["condition.empty"]);
}

/// The worst graph that passes the size check is judged at once.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that measures how long the rule takes")]
fn a_dense_graph_of_the_largest_size_is_judged_quickly() {
    let mut graph = graph(&(0..1_000).map(|n| format!("n{n} followup:Hi\n")).collect::<String>());
    for n in 0..4_000usize {
        let (from, to) = (format!("n{}", n % 1_000), format!("n{}", (n * 7 + 1) % 1_000));
        graph.edges.push(Edge { from, to, condition: None });
    }
    let begin = std::time::Instant::now();
    assert!(!validate(&graph).is_empty());
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}

#[test]
fn a_step_that_changes_the_contact_has_rules() {
    let custom = |key: &str, kind, choices: &[&str]| Custom {
        key: key.into(),
        kind,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
    };
    let known = Known {
        customs: vec![
            custom("plan", FieldKind::Choice, &["Gold", "Silver"]),
            custom("renewal", FieldKind::Date, &[]),
        ],
        ..Known::default()
    };
    let long = format!(r#""set":{{"contact.city":"{}"}}"#, "x".repeat(501));
    for (config, expected) in [
        (r#""set":{"contact.title":"Chief","contact.custom.plan":"gold"},"add_tags":["Hot"]"#, vec![]),
        (r#""set":{"contact.custom.renewal":"{{ contact.title }}","contact.city":""}"#, vec![]),
        ("", vec!["update.nothing"]),
        (r#""status":" ""#, vec!["update.status"]),
        (r#""set":{"contact.email":"a@b.example"}"#, vec!["update.field"]),
        (r#""set":{"contact.custom.gone":"x"}"#, vec!["update.field"]),
        (r#""set":{"contact.custom.plan":"Bronze"}"#, vec!["update.value"]),
        (r#""set":{"contact.custom.renewal":"soon"}"#, vec!["update.value"]),
        (r#""set":{"contact.time_zone":"Mars/Base"}"#, vec!["update.value"]),
        (long.as_str(), vec!["update.value"]),
        (r#""set":{"contact.title":"{{ contact.titel }}"}"#, vec!["template.invalid"]),
        (r#""set":{"contact.title":"{{ sender.name }}"}"#, vec!["update.merge_tag"]),
        (r#""add_tags":[" "]"#, vec!["update.tag"]),
        (r#""add_tags":["Hot"],"remove_tags":["hot "]"#, vec!["update.tag_twice"]),
    ] {
        let json = format!(r#"{{"type":"update_contact","config":{{{config}}}}}"#);
        let graph = graph(&format!("first email:Hi -> it\nit json:{json} -> done\ndone exit"));
        let found: Vec<&str> = validate_in(&graph, &known).iter().map(|problem| problem.code).collect();
        assert_eq!(found, expected, "{config}");
    }
    let typo = r#"{"type":"update_contact","config":{"sets":{}}}"#;
    assert!(serde_json::from_str::<Action>(typo).is_err());
}

#[test]
fn a_task_has_rules() {
    let long = format!(r#""title":"{}""#, "x".repeat(201));
    for (config, expected) in [
        (
            r#""title":"Call {{ contact.first_name }} of {{ campaign.name }}","timeout_seconds":172800"#,
            vec![],
        ),
        (r#""title":" ""#, vec!["text.empty"]),
        (long.as_str(), vec!["task.title"]),
        (r#""title":"Call {{ contact.frist_name }}""#, vec!["template.invalid"]),
        (r#""title":"Call","instructions":"Say {{ sender.name }}""#, vec!["task.merge_tag"]),
        (r#""title":"Call","due_seconds":-1"#, vec!["task.due"]),
        (r#""title":"Call","due_seconds":0,"timeout_seconds":0"#, vec!["task.timeout"]),
        (r#""title":"Call","timeout_seconds":3600"#, vec!["task.gone_before_due"]),
    ] {
        let json = format!(r#"{{"type":"task","config":{{"kind":"call",{config}}}}}"#);
        let graph = graph(&format!("first email:Hi -> it\nit json:{json} -> done\ndone exit"));
        assert_eq!(codes(&graph), expected, "{config}");
    }
    let mut graph = graph("a email:Hi -> b\nb exit");
    graph.edges[0].condition = Some(serde_json::from_str(r#"{"task":"a","outcome":"done"}"#).unwrap());
    assert_eq!(codes(&graph), ["edge.no_default", "condition.task"]);
}

#[test]
fn a_webhook_that_is_gone_is_an_error_and_one_that_is_off_is_told_of() {
    let id = |n| crate::ids::WebhookId::from_uuid(uuid::Uuid::from_u128(n));
    let known = Known {
        webhooks: vec![Hook { id: id(1), is_on: true }, Hook { id: id(2), is_on: false }],
        ..Known::default()
    };
    assert_eq!(codes(&graph(r#"a json:{"type":"webhook","config":{}}"#)), ["webhook.none"]);
    for (n, expected) in [(1, vec![]), (2, vec!["webhook.off"]), (3, vec!["webhook.nothing"])] {
        let graph = graph(&format!(
            r#"a json:{{"type":"webhook","config":{{"webhook_id":"{}"}}}} -> b
            b exit"#,
            id(n)
        ));
        let found: Vec<&str> = validate_in(&graph, &known).iter().map(|problem| problem.code).collect();
        assert_eq!(found, expected, "{n}");
    }
}

#[test]
fn what_has_no_provider_yet_can_be_drawn_and_says_so() {
    let with =
        |text: &str| graph(&format!(r#"a json:{{"type":"ai_draft","config":{{"instructions":"{text}"}}}}"#));
    let problems = validate(&with("Hi {{ contact.first_name }}"));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0].code, problems[0].severity), (NOT_CONNECTED, Severity::Warning));
    assert_eq!(problems[0].message, "No provider for AI drafts is connected yet.");
    assert_eq!(codes(&with("{{ contact.frist_name }}")), ["template.invalid", NOT_CONNECTED]);
    let telegram =
        |body: &str| graph(&format!(r#"a json:{{"type":"telegram_send","config":{{"body":"{body}"}}}}"#));
    assert_eq!(codes(&telegram("Hi")), [""; 0]);
    assert_eq!(codes(&telegram(&"x".repeat(4_097))), ["text.too_long"]);
    for (config, expected) in [
        (r#"{"type":"ai_draft","config":{"instructions":"Ask about their fleet"}}"#, vec![NOT_CONNECTED]),
        (r#"{"type":"ai_draft","config":{"instructions":""}}"#, vec!["text.empty", NOT_CONNECTED]),
        (r#"{"type":"enrich","config":{}}"#, vec![NOT_CONNECTED]),
    ] {
        assert_eq!(codes(&graph(&format!("a json:{config}"))), expected, "{config}");
    }
}

#[test]
fn a_wait_for_a_date_names_a_field_of_dates() {
    let custom = |key: &str, kind| Custom { key: key.into(), kind, choices: vec![] };
    let known = Known {
        customs: vec![custom("renewal", FieldKind::Date), custom("note", FieldKind::Text)],
        ..Known::default()
    };
    for (config, expected) in [
        (r#""date":"contact.custom.renewal","offset_days":-366"#, vec![]),
        (r#""date":"contact.custom.renewal","offset_days":367"#, vec!["wait.offset"]),
        (r#""date":"contact.custom.note""#, vec!["wait.date"]),
        (r#""date":"contact.custom.gone""#, vec!["wait.date"]),
        (r#""date":"renewal""#, vec!["wait.date"]),
    ] {
        let json = format!(r#"{{"type":"wait","config":{{{config}}}}}"#);
        let graph = graph(&format!("first email:Hi -> it\nit json:{json} -> done\ndone exit"));
        let found: Vec<&str> = validate_in(&graph, &known).iter().map(|problem| problem.code).collect();
        assert_eq!(found, expected, "{config}");
    }
}
