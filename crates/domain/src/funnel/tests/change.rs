use super::*;

fn fates(old: &str, new: &str) -> Vec<(String, Fate)> {
    compare(&graph(old), &graph(new)).into_iter().map(|change| (change.node, change.fate)).collect()
}

#[test]
fn what_a_newer_graph_changes() {
    let old = "a sms:One -> w\n w wait:60 -> b\n b sms:Two -> c\n c exit";
    assert_eq!(fates(old, old), []);
    let new = "a sms:One -> b\n b sms:Second -> d\n d exit";
    let fate = |key: &str, fate| (key.to_owned(), fate);
    let expected = [
        fate("a", Fate::Rerouted),
        fate("b", Fate::Changed),
        fate("d", Fate::Added),
        fate("w", Fate::Removed),
        fate("c", Fate::Removed),
    ];
    assert_eq!(fates(old, new), expected);
    let mut moved = graph(old);
    moved.nodes[0].x = 80.0;
    moved.nodes[0].name = "Another name".into();
    assert_eq!(compare(&graph(old), &moved), [], "where a step stands and what it is called changes nothing");
}

#[test]
fn where_people_go_on() {
    let old = graph("a sms:One -> w\n w wait:60 -> x, b if opened\n x sms:X -> b\n b sms:Two");
    let new = graph("a sms:One -> b\n b sms:Two");
    let to = |new: &Graph, key| proposal(&old, new, key).to;
    assert_eq!(to(&new, "a").as_deref(), Some("a"));
    assert_eq!(to(&new, "w").as_deref(), Some("b"), "the nearest step that is still there");
    assert_eq!(to(&graph("a sms:One"), "w"), None, "nothing behind it is left");

    let round = graph("a sms:Again -> w\n w wait:60 -> v\n v wait:60 -> a");
    let shorter = graph("a sms:Again -> v\n v wait:60 -> a");
    assert!(returns(&shorter, "a") && returns(&shorter, "v"));
    assert_eq!(successor(&round, &shorter, "w"), Some("v"));
    assert_eq!(proposal(&round, &shorter, "w").to, None, "they might be written what they just got");
    assert!(!returns(&new, "a"));
}

proptest! {
    /// Whoever moves comes to a node that is there, behind their own, and on no round.
    #[test]
    fn a_proposal_leads_somewhere(
        ways in prop::collection::vec((0..12usize, 0..12usize), 0..30),
        kept in prop::collection::vec(any::<bool>(), 12),
    ) {
        let mut old = Graph::default();
        for number in 0..12 {
            let action = Action::Wait(Wait::For { seconds: 60 });
            old.nodes.push(Node { key: format!("n{number}"), name: String::new(), action, x: 0.0, y: 0.0 });
        }
        for (from, to) in ways {
            old.edges.push(Edge { from: format!("n{from}"), to: format!("n{to}"), condition: None });
        }
        let mut new = old.clone();
        let stays = |key: &str| kept[key[1..].parse::<usize>().unwrap()];
        new.nodes.retain(|node| stays(&node.key));
        new.edges.retain(|edge| stays(&edge.from) && stays(&edge.to));
        for node in &old.nodes {
            let Proposal { fate, to } = proposal(&old, &new, &node.key);
            match to {
                Some(to) if stays(&node.key) => prop_assert_eq!(to, node.key.clone()),
                Some(to) => {
                    prop_assert_eq!(fate, Some(Fate::Removed));
                    prop_assert!(new.node(&to).is_some());
                    prop_assert!(!returns(&new, &to));
                }
                None => prop_assert!(!stays(&node.key)),
            }
        }
    }
}
