mod advance;
mod change;
mod validate;

use super::*;
use crate::{
    approval::StepApproval,
    condition::{Facts, Happening},
    inbound::ReplyKind,
    message::ApprovedTemplate,
    schedule::TimeOfDay,
};
use proptest::prelude::*;

/// A graph in one line per node: `key type[:argument] -> next, next if city=x, next if opened`.
pub(crate) fn graph(text: &str) -> Graph {
    let mut graph = Graph::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (node, next) = line.split_once("->").unwrap_or((line, ""));
        let (key, action) = node.trim().split_once(' ').expect("key and type");
        let (kind, argument) = action.trim().split_once(':').unwrap_or((action.trim(), ""));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let action = match kind {
            "stage" => Action::Stage { status: some(argument) },
            "email" => Action::EmailSend {
                subject: "Hello".into(),
                body: argument.into(),
                snippet_id: None,
                thread: false,
                approval: None,
            },
            "followup" => Action::EmailSend {
                subject: String::new(),
                body: argument.into(),
                snippet_id: None,
                thread: true,
                approval: None,
            },
            "sms" => Action::SmsSend { body: argument.into(), approval: None },
            "wait" => Action::Wait(Wait::For { seconds: argument.parse().expect("seconds") }),
            "json" => serde_json::from_str(argument).expect(argument),
            "condition" => Action::Condition {},
            "goto" => Action::Goto { node: argument.into() },
            "exit" => Action::Exit { reason: some(argument) },
            kind => panic!("{kind}"),
        };
        graph.nodes.push(Node { key: key.into(), name: key.into(), action, x: 0.0, y: 0.0 });
        for target in next.split(',').map(str::trim).filter(|target| !target.is_empty()) {
            let (to, condition) = target.split_once(" if ").map_or((target, None), |(to, test)| {
                let json = match test.split_once('=') {
                    Some((field, value)) => {
                        format!(r#"{{"field":"contact.{field}","op":"is","value":"{value}"}}"#)
                    }
                    None => match test.split_once('@') {
                        Some((event, node)) => format!(r#"{{"event":"{event}","node":"{node}"}}"#),
                        None => format!(r#"{{"event":"{test}"}}"#),
                    },
                };
                (to, Some(serde_json::from_str(&json).expect(&json)))
            });
            graph.edges.push(Edge { from: key.into(), to: to.into(), condition });
        }
    }
    graph
}

const FOLLOW_UP: &str = "
    new stage:Messaged -> first
    first email:Hi -> rest
    rest wait:86400 -> ask
    ask condition -> thanks if opened, text if city=Boston, again
    thanks exit:engaged
    text sms:Hi -> again
    again followup:Hi again -> done
    done exit
";

#[test]
fn graphs_on_the_wire() {
    let json = r#"{"nodes":[
        {"key":"a","type":"email_send","name":"First","config":{"subject":"Hi","body":"Hello"},"x":1.5,"y":2},
        {"key":"b","type":"condition"},
        {"key":"c","type":"exit","config":null},
        {"key":"d","name":"Rest","config":{"seconds":60},"type":"wait"}],
      "edges":[{"from":"a","to":"b"},{"from":"b","to":"c","condition":{"event":"opened"}}]}"#;
    let graph: Graph = serde_json::from_str(json).unwrap();
    assert_eq!(graph.channels(), [crate::Channel::Email]);
    assert_eq!(start(&graph).unwrap().key, "a");
    insta::assert_snapshot!(serde_json::to_string_pretty(&graph).unwrap());
    let again: Graph = serde_json::from_str(&serde_json::to_string(&graph).unwrap()).unwrap();
    assert_eq!(again, graph);
}

/// What is misspelt is refused, not dropped (reliability.md Y6, Y9).
#[test]
fn bad_nodes_say_why() {
    for (node, why) in [
        (r#"{"key":"a","type":"email","config":{}}"#, "node \"a\": unknown variant `email`"),
        (r#"{"key":"a","type":"email_send","config":{"subject":"x"}}"#, "node \"a\": missing field `body`"),
        (r#"{"key":"a","type":"email_send","config":{"bdoy":"x"}}"#, "unknown field `bdoy`"),
        (r#"{"key":"a","type":"wait","config":{"seconds":"soon"}}"#, "invalid type: string \"soon\""),
        (r#"{"key":"a","type":"wait","config":{"seconds":1e400}}"#, "number out of range"),
        (r#"{"key":"a","type":"wait"}"#, "missing field `seconds`"),
        (r#"{"key":"a","type":"wait","config":{"seconds":1},"colour":"red"}"#, "unknown field `colour`"),
        (r#"{"key":"a","type":"wait","config":{"seconds":1,"seconds":2}}"#, "duplicate field `seconds`"),
        (r#"{"key":"a","key":"b","type":"exit"}"#, "duplicate field `key`"),
        (r#"{"key":"a","type":"condition","config":{"if":"x"}}"#, "unknown field `if`"),
        (r#"{"key":"a","type":"exit","config":[1]}"#, "settings of the node"),
        (r#"{"type":"exit"}"#, "missing field `key`"),
    ] {
        let error = serde_json::from_str::<Node>(node).unwrap_err().to_string();
        assert!(error.contains(why), "{node}: {error}");
    }
}

#[test]
fn the_schema_of_a_graph_names_every_kind_of_node() {
    let schema = serde_json::to_string(&schemars::schema_for!(Graph)).unwrap();
    for kind in [
        "stage",
        "email_send",
        "sms_send",
        "voicemail_drop",
        "whatsapp_send",
        "messenger_send",
        "tiktok_send",
        "telegram_send",
        "wait",
        "condition",
        "split",
        "task",
        "ai_draft",
        "enrich",
        "update_contact",
        "webhook",
        "goto",
        "exit",
    ] {
        assert!(schema.contains(&format!("\"{kind}\"")), "{kind}");
    }
}

fn any_winner() -> impl Strategy<Value = Winner> {
    let answers = prop::collection::vec(prop::sample::select(ReplyKind::ALL), 0..3);
    let hours = prop_oneof![Just(24), any::<u32>()];
    (any::<u32>(), any::<u8>(), prop_oneof![Just(usual_answers()), answers], hours).prop_map(
        |(sample, confidence, answers, answer_hours)| Winner { sample, confidence, answers, answer_hours },
    )
}

fn any_approval() -> impl Strategy<Value = Option<StepApproval>> {
    prop::option::of(prop::sample::select(StepApproval::ALL))
}

pub(crate) fn any_graph() -> impl Strategy<Value = Graph> {
    let key = || (0..10usize).prop_map(|n| format!("n{n}"));
    let action = prop_oneof![
        prop::option::of(any::<String>()).prop_map(|status| Action::Stage { status }),
        (any::<String>(), any::<String>(), any::<bool>()).prop_map(|(subject, body, thread)| {
            Action::EmailSend { subject, body, snippet_id: None, thread, approval: None }
        }),
        (any::<String>(), any_approval()).prop_map(|(body, approval)| Action::SmsSend { body, approval }),
        (any::<String>(), any_approval())
            .prop_map(|(body, approval)| Action::TelegramSend(ChatText { body, approval })),
        any::<String>().prop_map(|body| Action::MessengerSend(ChatText { body, approval: None })),
        (any::<String>(), prop::option::of(any::<(String, String, Vec<String>)>())).prop_map(
            |(body, named)| {
                let template = named.map(|(name, language, values)| ApprovedTemplate {
                    name,
                    language,
                    values,
                    places: vec![],
                });
                Action::WhatsappSend(WhatsappText { body, template, approval: None })
            }
        ),
        any::<i64>().prop_map(|seconds| Action::Wait(Wait::For { seconds })),
        (0..100i64).prop_map(|seconds| Action::Wait(Wait::For { seconds })),
        (0..1440u16, prop::collection::vec(0..9u8, 0..4)).prop_map(|(minute, days)| {
            Action::Wait(Wait::Until { until: TimeOfDay::new(minute).expect("a minute"), days })
        }),
        (prop::option::of(key()), -1..100i64).prop_map(|(node, timeout_seconds)| {
            Action::Wait(Wait::Event { event: Happening::Opened, node, timeout_seconds })
        }),
        (prop::collection::vec(("[ab]{0,2}", 0..3u32), 0..4), prop::option::of(any_winner())).prop_map(
            |(variants, winner)| {
                let variants = variants.into_iter().map(|(key, weight)| Variant { key, weight }).collect();
                Action::Split { variants, winner }
            }
        ),
        ("contact.[a-z]{4}|contact.title", any::<String>()).prop_map(|(field, text)| {
            Action::UpdateContact(Update { set: [(field, text)].into(), ..Update::default() })
        }),
        (any::<String>(), any::<i64>(), prop::option::of(-1..100i64)).prop_map(
            |(title, due_seconds, timeout_seconds)| {
                let kind = TaskKind::Call;
                Action::Task(Task { kind, title, instructions: String::new(), due_seconds, timeout_seconds })
            }
        ),
        key().prop_map(|node| Action::Goto { node }),
        Just(Action::Condition {}),
        prop::option::of(any::<String>()).prop_map(|reason| Action::Exit { reason }),
    ];
    let node =
        (key(), action).prop_map(|(key, action)| Node { key, name: String::new(), action, x: 0.0, y: 0.0 });
    let edge = (key(), key(), prop::option::of(crate::condition::tests::any_condition()))
        .prop_map(|(from, to, condition)| Edge { from, to, condition });
    (prop::collection::vec(node, 0..10), prop::collection::vec(edge, 0..20))
        .prop_map(|(nodes, edges)| Graph { nodes, edges })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn random_graphs_neither_panic_nor_hang(graph in any_graph(), arrived_at: i64, now: i64) {
        let problems = validate(&graph);
        let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
        let facts = Facts { events: vec![("opened".into(), Some("a".into()))], ..Facts::default() };
        for node in &graph.nodes {
            for answer in [
                advance(&graph, &node.key, arrived_at, &facts, now),
                after(&graph, &node.key, &facts, now),
                enter(&graph, &facts, now),
            ] {
                match answer {
                    Ok(answer) => {
                        prop_assert!(graph.node(&answer.at).is_some());
                        prop_assert!(answer.due_at.is_none_or(|due| due > now));
                        prop_assert!(answer.end.is_none() || answer.due_at.is_none());
                        prop_assert!(answer.passed.len() < 101);
                    }
                    Err(error) => prop_assert!(!sound, "{error} in a graph without errors"),
                }
            }
        }
    }
}
