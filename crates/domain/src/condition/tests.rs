use super::*;
use proptest::prelude::*;

fn facts() -> Facts {
    Facts {
        fields: [("contact.city", " München "), ("contact.title", "Head of Sales"), ("contact.phone", "  ")]
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .into(),
        events: vec![("opened".into(), Some("first".into())), ("delivered".into(), None)],
        scores: [("icp_00000000000000000000000007".to_owned(), 70)].into(),
        sets: ["tag_00000000000000000000000007".to_owned()].into(),
        tasks: [("call".to_owned(), Closed { arrived_at: 7, outcome: TaskOutcome::Skipped })].into(),
        ..Facts::default()
    }
}

fn holds(json: &str) -> bool {
    serde_json::from_str::<Condition>(json).unwrap_or_else(|error| panic!("{json}: {error}")).holds(&facts())
}

#[test]
fn what_holds() {
    for (json, expected) in [
        (r#"{"field":"contact.city","op":"is","value":"MÜNCHEN"}"#, true),
        (r#"{"field":"contact.city","op":"is_not","value":"münchen"}"#, false),
        (r#"{"field":"contact.city","op":"is_not","value":"Berlin"}"#, true),
        (r#"{"field":"contact.country","op":"is_not","value":"DE"}"#, true),
        (r#"{"field":"contact.country","op":"is","value":""}"#, false),
        (r#"{"field":"contact.title","op":"contains","value":"SALES"}"#, true),
        (r#"{"field":"contact.country","op":"contains","value":""}"#, false),
        (r#"{"field":"contact.city","op":"exists"}"#, true),
        (r#"{"field":"contact.phone","op":"exists"}"#, false),
        (r#"{"field":"contact.phone","op":"missing"}"#, true),
        (r#"{"event":"opened"}"#, true),
        (r#"{"event":"opened","node":"first"}"#, true),
        (r#"{"event":"opened","node":"second"}"#, false),
        (r#"{"event":"opened","node":"second","happened":false}"#, true),
        (r#"{"event":"delivered","node":"first"}"#, false),
        (r#"{"event":"clicked","happened":false}"#, true),
        (r#"{"task":"call","outcome":"skipped"}"#, true),
        (r#"{"task":"call","outcome":"done"}"#, false),
        (r#"{"task":"other","outcome":"skipped"}"#, false),
        (r#"{"icp_at_least":70}"#, true),
        (r#"{"icp_at_least":71}"#, false),
        (r#"{"icp_at_least":70,"icp_profile_id":"icp_00000000000000000000000007"}"#, true),
        (r#"{"icp_at_least":0,"icp_profile_id":"icp_00000000000000000000000008"}"#, false),
        (r#"{"set_id":"tag_00000000000000000000000007"}"#, true),
        (r#"{"set_id":"seg_00000000000000000000000007"}"#, false),
        (r#"{"all":[]}"#, true),
        (r#"{"any":[]}"#, false),
        (r#"{"all":[{"event":"opened"},{"event":"clicked"}]}"#, false),
        (r#"{"any":[{"event":"opened"},{"event":"clicked"}]}"#, true),
        (r#"{"not":{"event":"clicked"}}"#, true),
        // Data, not code (reliability.md Y12).
        (r#"{"field":"__proto__","op":"is","value":"\"; drop table contacts"}"#, false),
    ] {
        assert_eq!(holds(json), expected, "{json}");
    }
}

#[test]
fn bad_conditions_say_why() {
    for (json, why) in [
        ("{}", "exactly one of"),
        (r#"{"field":"a","event":"opened"}"#, "exactly one of"),
        (r#"{"field":"a"}"#, "missing field `op`"),
        (r#"{"field":"a","op":"is"}"#, "missing field `value`"),
        (r#"{"field":"a","op":"equals","value":"b"}"#, "unknown variant `equals`"),
        (r#"{"event":"eaten"}"#, "unknown variant `eaten`"),
        (r#"{"event":"opened","value":"x"}"#, "belong to a condition on a `field`"),
        (r#"{"all":[],"node":"x"}"#, "belong to a condition on an `event`"),
        (r#"{"feild":"a","op":"exists"}"#, "unknown field `feild`"),
        (r#"{"field":"a","field":"b","op":"exists"}"#, "duplicate field"),
        (r#"{"all":{}}"#, "invalid type"),
        (r#"{"task":"call"}"#, "missing field `outcome`"),
        (r#"{"event":"opened","outcome":"done"}"#, "belongs to a condition on a `task`"),
        (r#"{"set_id":"con_00000000000000000000000007"}"#, "not a valid tag, list or segment id"),
        (r#"{"event":"opened","icp_profile_id":null}"#, "belongs to a condition on `icp_at_least`"),
        (r#""opened""#, "invalid type"),
    ] {
        let error = serde_json::from_str::<Condition>(json).unwrap_err().to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
    let deep = format!("{}{}{}", r#"{"not":"#.repeat(100_000), r#"{"event":"opened"}"#, "}".repeat(100_000));
    assert!(serde_json::from_str::<Condition>(&deep).unwrap_err().to_string().contains("recursion limit"));
}

pub(crate) fn any_condition() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(vec!["contact.city", "contact.title", "contact.nothing", ""]);
    let text = prop::option::of("[a-zA-Z ü]{0,6}");
    let leaf = prop_oneof![
        (field, prop::sample::select(Op::ALL), text).prop_map(|(field, op, value)| Condition::Field {
            field: field.into(),
            op,
            value: Some(value.unwrap_or_default()),
        }),
        (prop::sample::select(Happening::ALL), prop::option::of("[a-e]"), any::<bool>())
            .prop_map(|(event, node, happened)| Condition::Event { event, node, happened }),
        ("n[0-9]", "[ab]").prop_map(|(split, variant)| Condition::Variant { split, variant }),
        ("n[0-9]", prop::sample::select(TaskOutcome::ALL))
            .prop_map(|(task, outcome)| Condition::Task { task, outcome }),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| Condition::All { all }),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|any| Condition::Any { any }),
            inner.prop_map(|not| Condition::Not { not: Box::new(not) }),
        ]
    })
}

proptest! {
    #[test]
    fn conditions_survive_the_wire(condition in any_condition()) {
        let json = serde_json::to_string(&condition).unwrap();
        prop_assert_eq!(serde_json::from_str::<Condition>(&json).unwrap(), condition);
    }

    #[test]
    fn not_is_the_opposite(condition in any_condition()) {
        let holds = condition.holds(&facts());
        prop_assert_eq!(Condition::Not { not: Box::new(condition) }.holds(&facts()), !holds);
    }
}
