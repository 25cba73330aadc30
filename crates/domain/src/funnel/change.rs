//! What another version of a graph means for those who travel the one before.
//!
//! Names and places on the canvas are nobody's business but the drawer's, so they are no change here.

use super::{
    graph::{Edge, Graph, Node},
    paths::Paths,
};
use crate::text::words;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{HashSet, VecDeque};

words! {
    /// What became of a node.
    pub enum Fate {
        /// It was not there.
        Added = "added",
        /// It does something else, or says something else.
        Changed = "changed",
        /// It does the same, but other ways leave it.
        Rerouted = "rerouted",
        /// It is gone.
        Removed = "removed",
    }
}

/// A node that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Key of the node.
    pub node: String,
    /// What it is called, in the newer graph where it is in both.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
}

/// Every node that is not as it was: those of the newer graph in its order, then those that are gone.
pub fn compare(old: &Graph, new: &Graph) -> Vec<Change> {
    let here = new.nodes.iter().filter_map(|node| {
        let fate = match old.node(&node.key) {
            None => Fate::Added,
            Some(was) => fate(old, was, new, node)?,
        };
        Some(Change { node: node.key.clone(), name: node.name.clone(), fate })
    });
    let gone = old.nodes.iter().filter(|node| new.node(&node.key).is_none());
    here.chain(gone.map(|node| Change {
        node: node.key.clone(),
        name: node.name.clone(),
        fate: Fate::Removed,
    }))
    .collect()
}

fn fate(old: &Graph, was: &Node, new: &Graph, is: &Node) -> Option<Fate> {
    let ways = |graph: &Graph| -> Vec<Edge> { graph.edges_from(&is.key).cloned().collect() };
    if was.action != is.action {
        Some(Fate::Changed)
    } else if ways(old) != ways(new) {
        Some(Fate::Rerouted)
    } else {
        None
    }
}

/// What is proposed for those who stand on a node when another graph takes the place of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What became of the node, `None` where nothing did.
    pub fate: Option<Fate>,
    /// Where in the newer graph they go on; `None` where it is best that they stay with the older one.
    pub to: Option<String>,
}

/// See [`Proposal`]. From a node that is gone nobody is led to one that is meant to be passed again, since they may
/// have just come from there.
pub fn proposal(old: &Graph, new: &Graph, key: &str) -> Proposal {
    match (old.node(key), new.node(key)) {
        (Some(was), Some(is)) => Proposal { fate: fate(old, was, new, is), to: Some(key.to_owned()) },
        _ => {
            let next = successor(old, new, key).filter(|next| !returns(new, next));
            Proposal { fate: Some(Fate::Removed), to: next.map(str::to_owned) }
        }
    }
}

/// Where somebody on a node that is gone would go on: the nearest of the nodes behind it that is still there. `None`
/// where none of them is.
pub fn successor<'a>(old: &'a Graph, new: &Graph, key: &str) -> Option<&'a str> {
    let paths = Paths::new(old);
    let mut open: VecDeque<usize> = paths.index.get(key).copied().into_iter().collect();
    let mut seen: HashSet<usize> = open.iter().copied().collect();
    while let Some(node) = open.pop_front() {
        let found = old.nodes.get(node)?.key.as_str();
        if found != key && new.node(found).is_some() {
            return Some(found);
        }
        open.extend(paths.next.get(node)?.iter().copied().filter(|next| seen.insert(*next)));
    }
    None
}

/// Whether a way leads from a node back to it, so that it is meant to be passed again.
pub fn returns(graph: &Graph, key: &str) -> bool {
    let paths = Paths::new(graph);
    let Some(node) = paths.index.get(key) else { return false };
    let Some(behind) = paths.next.get(*node) else { return false };
    paths.reach(behind.iter().copied(), &paths.next).get(*node).copied().unwrap_or(false)
}
