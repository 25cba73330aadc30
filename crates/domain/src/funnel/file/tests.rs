use super::*;
use crate::funnel::{
    tests::any_graph,
    validate::{Severity, validate},
};
use proptest::prelude::*;

const SAMPLE: &str = r#"{"nodes":[
    {"key":"first","type":"email_send","name":"Hello","config":{"subject":"Hello {{ contact.first_name }}","body":"Hi,\n\nare you: there?\n"},"x":10,"y":20.5},
    {"key":"rest","type":"wait","name":"Two days","config":{"seconds":172800}},
    {"key":"ask","type":"condition","name":"Yes"},
    {"key":"again","type":"email_send","config":{"subject":"","body":"=1+1","thread":true}},
    {"key":"chance","type":"split","config":{"variants":[{"key":"a","weight":1},{"key":"b","weight":2}],"winner":{"sample":200,"confidence":95,"answers":["positive"]}}},
    {"key":"done","type":"exit","config":{"reason":"5"}}],
  "edges":[{"from":"first","to":"rest"},{"from":"rest","to":"ask"},
    {"from":"ask","to":"done","condition":{"any":[{"event":"opened"},{"field":"contact.city","op":"is","value":"Boston"}]}},
    {"from":"ask","to":"again","condition":{"event":"clicked","node":"first","happened":false}},
    {"from":"ask","to":"done"},
    {"from":"again","to":"chance"},
    {"from":"chance","to":"done","condition":{"split":"chance","variant":"a"}}]}"#;

fn sample() -> Graph {
    serde_json::from_str(SAMPLE).unwrap()
}

#[test]
fn a_funnel_reads_well_in_yaml() {
    insta::assert_snapshot!(write(Format::Yaml, "Follow-up: new leads", "", &sample()));
}

#[test]
fn a_funnel_is_one_row_a_step_in_csv() {
    insta::assert_snapshot!(write(Format::Csv, "", "", &sample()).trim_start_matches('\u{feff}'));
}

/// Byte for byte: what is stored is the JSON of the graph.
fn survives(name: &str, description: &str, graph: &Graph) -> Result<(), TestCaseError> {
    let stored = serde_json::to_string(graph).unwrap();
    for format in Format::ALL {
        let text = write(*format, name, description, graph);
        let read = read(*format, &text);
        let Ok(file) = read else { return Err(TestCaseError::fail(format!("{format}: {read:?}\n{text}"))) };
        prop_assert_eq!(&serde_json::to_string(&file.graph).unwrap(), &stored, "{}\n{}", format, text);
        if *format != Format::Csv {
            prop_assert_eq!(file.name.as_deref(), Some(name));
            prop_assert_eq!(file.description.unwrap_or_default(), description);
        }
        prop_assert_eq!(write(*format, name, description, &file.graph), text, "{}", format);
    }
    Ok(())
}

#[test]
fn the_sample_survives_every_format() {
    survives("Follow-up", "For new leads", &sample()).unwrap();
}

#[test]
fn texts_that_readers_of_yaml_take_for_something_else_survive() {
    for text in [
        "yes",
        "No",
        "null",
        "~",
        "5",
        "1e3",
        "0x1F",
        "12:30",
        "2026-01-01",
        "- a",
        "# a",
        "a # b",
        "a: b",
        ": a",
        "'a'",
        "\"",
        "\\",
        " a",
        "a ",
        "\na",
        "a\n",
        "a\n\n",
        "a\n\n\n",
        "\n",
        " ",
        "a\r\nb",
        "a\rb",
        "a\tb\nc",
        "a\n b",
        "a\n  \nb",
        "\u{85}",
        "a\u{2028}b",
        "\u{feff}a",
        "é",
        "你好\n世界",
        "😀\n😀",
        "\u{1b}[0m",
        "\u{0}",
        "{{ a }}",
        "[a]",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "|",
        ">",
        "?",
        "---",
        "...",
        "a\n---\nb",
        "a\n...\n",
        "=SUM(A1)",
        "'=a",
        "+1",
        "-",
        "true",
        "\"5\"",
        "{}",
        "a,b;c",
        ".inf",
        ".nan",
        "<<",
        "=",
        "\u{fffe}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{200b}",
        "#tag\nx",
        "a:\nb:\n",
    ] {
        let mut graph = sample();
        graph.nodes[0].action = Action::EmailSend {
            subject: text.into(),
            body: text.into(),
            snippet_id: None,
            thread: false,
            approval: None,
        };
        graph.nodes[1].name = text.into();
        survives(text, text, &graph).unwrap();
    }
}

/// Random graphs with keys of their own, without ways that begin nowhere: what can be stored has neither.
fn storable() -> impl Strategy<Value = Graph> {
    let place = prop_oneof![(-4000..4000i32).prop_map(f64::from), -1e8..1e8f64, Just(-0.0), Just(1e300)];
    (any_graph(), prop::collection::vec((any::<String>(), place.clone(), place), 10)).prop_map(
        |(mut graph, dress)| {
            let mut seen = std::collections::HashSet::new();
            graph.nodes.retain(|node| seen.insert(node.key.clone()));
            graph.edges.retain(|edge| seen.contains(&edge.from));
            for (node, (name, x, y)) in graph.nodes.iter_mut().zip(dress) {
                (node.name, node.x, node.y) = (name, x, y);
            }
            // As it comes from a browser.
            serde_json::from_str(&serde_json::to_string(&graph).unwrap()).unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_graphs_survive_every_format(graph in storable(), name: String, description: String) {
        survives(&name, &description, &graph)?;
    }

    #[test]
    fn random_texts_neither_panic_nor_hang(text in "[ -~\n\t:{}\"'é]{0,200}", format in prop::sample::select(Format::ALL)) {
        if let Ok(file) = read(format, &text) {
            validate(&file.graph);
        }
    }
}

fn refused(format: Format, text: &str) -> FileError {
    read(format, text).expect_err(text)
}

#[test]
fn what_cannot_be_read_says_where_and_why() {
    let yaml = |step: &str| format!("steps:\n  - key: a\n    type: exit\n  - key: b\n{step}");
    for (format, text, line, node, why) in [
        (
            Format::Yaml,
            yaml("    type: wait\n    config:\n      seconds: \"60\"\n"),
            Some(7),
            Some("b"),
            "The step \"b\": invalid type: string \"60\", expected i64.",
        ),
        (
            Format::Yaml,
            yaml("    type: wait\n    config:\n      secs: 60\n"),
            Some(7),
            Some("b"),
            "unknown field `secs`",
        ),
        (
            Format::Yaml,
            yaml("    type: sms_send\n    config:\n      body: 5\n"),
            Some(7),
            Some("b"),
            "invalid type: integer `5`, expected a string",
        ),
        (Format::Yaml, yaml("    type: sms\n"), Some(4), Some("b"), "unknown variant `sms`"),
        (
            Format::Yaml,
            yaml("    type: exit\n    colour: red\n"),
            Some(6),
            Some("b"),
            "unknown field `colour`",
        ),
        (Format::Yaml, yaml("    type: exit\n    type: exit\n"), Some(6), Some("b"), "\"type\" twice"),
        (
            Format::Yaml,
            yaml("    type: sms_send\n    config: {}\n"),
            Some(6),
            Some("b"),
            "missing field `body`",
        ),
        (Format::Yaml, yaml("    type: exit\n    x: .nan\n"), Some(6), Some("b"), "not a number"),
        (
            Format::Yaml,
            yaml("    type: exit\nedges:\n  - from: a\n    to: b\n    condition: { event: eaten }\n"),
            Some(9),
            Some("a"),
            "unknown variant `eaten`",
        ),
        (Format::Yaml, "steps:\n\t- key: a\n".into(), Some(2), None, "abs disallowed"),
        (Format::Yaml, "steps:\n  - &a\n    key: a\n".into(), Some(3), Some("a"), "anchors or aliases"),
        (Format::Yaml, "stepz: []\n".into(), Some(1), None, "has no \"stepz\""),
        (Format::Yaml, "steps: 5\n".into(), Some(1), None, "not a list"),
        (Format::Yaml, "name: x\n".into(), Some(1), None, "no `steps`"),
        (Format::Yaml, "- a\n- b\n".into(), Some(1), None, "not a map"),
        (Format::Yaml, "name: [1]\nsteps: []\n".into(), Some(1), None, "`name` is not a text"),
        (Format::Yaml, "overture: funnel/9\nsteps: []\n".into(), Some(1), None, "\"funnel/9\""),
        (Format::Yaml, "steps: []\n---\nsteps: []\n".into(), None, None, "document"),
        (Format::Yaml, "steps: [\n".into(), None, None, ""),
        (
            Format::Json,
            r#"{"steps":[{"key":"b","type":"wait","config":{"seconds":"60"}}]}"#.into(),
            Some(1),
            Some("b"),
            "invalid type: string \"60\"",
        ),
        (Format::Json, "{\n\"steps\":[],\n\"stepz\":[]}".into(), Some(3), None, "nknown field `stepz`"),
        (Format::Json, "{\n\"steps\":[}".into(), Some(2), None, "xpected value"),
        (Format::Csv, "a,b\n1,2\n".into(), Some(1), None, "no column \"key\""),
        (Format::Csv, "key,type,Key\n".into(), Some(1), None, "twice"),
        (
            Format::Csv,
            "key,type,body\na,exit,\nb,wait,x\n".into(),
            Some(3),
            Some("b"),
            "unknown field `body`",
        ),
        (
            Format::Csv,
            "key,type,seconds\nb,wait,soon\n".into(),
            Some(2),
            Some("b"),
            "invalid type: string \"soon\"",
        ),
        (Format::Csv, "key,type,x\nb,exit,left\n".into(), Some(2), Some("b"), "x is \"left\""),
        (Format::Csv, "key,type\n,exit\n".into(), Some(2), None, "no key"),
        (
            Format::Csv,
            "key,type,next 1,if 1\nb,exit,,opened\n".into(),
            Some(2),
            Some("b"),
            "without a `next 1`",
        ),
        (
            Format::Csv,
            "key,type,next,if\nb,stage,a,perhaps\n".into(),
            Some(2),
            Some("b"),
            "\"perhaps\" is no condition",
        ),
        (Format::Csv, "key,type\nb,exit,more\n".into(), Some(2), Some("b"), "beyond the last column"),
        (Format::Yaml, " \n".into(), None, None, "empty"),
    ] {
        let error = refused(format, &text);
        assert!(error.message.contains(why), "{text}\n{error:?}");
        assert!(line.is_none() || error.line == line, "{text}\n{error:?}");
        assert_eq!(error.node.as_deref(), node, "{text}\n{error:?}");
        assert!(!error.fix.is_empty());
    }
}

/// A hundred bytes that would become a billion steps, and a nest that would end the program, are refused at once.
#[test]
fn bombs_do_not_go_off() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (one, next) in "abcdefghijk".chars().zip("bcdefghijkl".chars()) {
        let all = vec![format!("*{one}"); 9].join(",");
        bomb.push_str(&format!("{next}: &{next} [{all}]\n"));
    }
    assert!(refused(Format::Yaml, &bomb).message.contains("anchors or aliases"));
    let merged = "steps:\n  - <<: {key: a}\n    type: exit\n";
    assert!(refused(Format::Yaml, merged).message.contains("anchors or aliases"));
    for nest in &[
        format!("steps: {}", "[".repeat(90)),
        format!("steps: {}", "{a: ".repeat(5000)),
        "- ".repeat(100_000),
    ] {
        refused(Format::Yaml, nest);
    }
    let deep = format!("{{\"steps\":{}", "[".repeat(100_000));
    refused(Format::Json, &deep);
    let huge = format!("steps:\n{}", "  - {key: a, type: exit}\n".repeat(200_000));
    assert!(refused(Format::Yaml, &huge).message.contains("large"));
}

#[test]
fn five_thousand_steps_are_read_and_then_too_many() {
    let nodes = |n: usize| Node {
        key: format!("n{n}"),
        name: String::new(),
        action: Action::Condition {},
        x: 0.0,
        y: 0.0,
    };
    let graph = Graph { nodes: (0..5000).map(nodes).collect(), edges: Vec::new() };
    for format in Format::ALL {
        let file = read(*format, &write(*format, "Big", "", &graph)).unwrap();
        let problems = validate(&file.graph);
        assert!(
            problems.iter().any(|it| it.severity == Severity::Error && it.code == "graph.too_many_nodes"),
            "{format}"
        );
    }
}

/// As a person types it: in another order, with a mark, semicolons, capitals, notes, plain numbers, and keys of another
/// script, which are read, and then refused with their name.
#[test]
fn files_that_people_write_are_read() {
    let csv = "\u{feff}Type;KEY;#why;Body;next;If;Next 2\r\nsms_send;a;first try;5;b;not replied a;c\r\nexit;b;;;;;\r\nexit;c;;;;;\r\n";
    let file = read(Format::Csv, csv).unwrap();
    assert_eq!(guess(csv), Format::Csv);
    assert_eq!(file.graph.nodes[0].action, Action::SmsSend { body: "5".into(), approval: None });
    assert_eq!(file.graph.edges.len(), 2);
    assert_eq!(file.lines["b"], 3);
    let yaml = "\u{feff}steps:\n- {type: sms_send, key: привет, config: {body: yes}}\n- key: 'b'\n  type: exit\n  config:\n";
    let file = read(Format::Yaml, yaml).unwrap();
    assert_eq!(guess(yaml), Format::Yaml);
    assert_eq!(file.graph.nodes[0].action, Action::SmsSend { body: "yes".into(), approval: None });
    let problems = validate(&file.graph);
    assert!(problems.iter().any(|it| it.code == "node.key" && it.message.contains("привет")));
    // As the API has it.
    assert_eq!(read(Format::Json, SAMPLE).unwrap().graph, sample());
    assert_eq!(guess(SAMPLE), Format::Json);
}
