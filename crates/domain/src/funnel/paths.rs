//! Who leads where in a graph, by number instead of by key.

use super::graph::{Action, Graph};
use std::collections::HashMap;

/// The edges of a graph. Self edges and edges to nothing are left out: they have their own problems.
pub(super) struct Paths<'a> {
    /// Node numbers by key; the first where a key comes twice.
    pub(super) index: HashMap<&'a str, usize>,
    /// Where one can go from each node. Nothing leaves an exit, and from a goto only what it names.
    pub(super) next: Vec<Vec<usize>>,
    /// From where one can come to each node.
    pub(super) before: Vec<Vec<usize>>,
    /// Some edge is drawn to this node.
    pub(super) led_to: Vec<bool>,
    /// Some goto names this node.
    pub(super) named: Vec<bool>,
}

impl<'a> Paths<'a> {
    pub(super) fn new(graph: &'a Graph) -> Paths<'a> {
        let count = graph.nodes.len();
        let mut paths = Paths {
            index: HashMap::with_capacity(count),
            next: vec![Vec::new(); count],
            before: vec![Vec::new(); count],
            led_to: vec![false; count],
            named: vec![false; count],
        };
        for (i, node) in graph.nodes.iter().enumerate() {
            paths.index.entry(&node.key).or_insert(i);
        }
        let drawn = graph.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), true));
        let named = graph.nodes.iter().filter_map(|node| match &node.action {
            Action::Goto { node: to } => Some((node.key.as_str(), to.as_str(), false)),
            _ => None,
        });
        for (from, to, is_drawn) in drawn.chain(named) {
            if let (Some(&from), Some(&to)) = (paths.index.get(from), paths.index.get(to))
                && from != to
            {
                let leaves = match graph.nodes[from].action {
                    Action::Exit { .. } => false,
                    Action::Goto { .. } => !is_drawn,
                    _ => true,
                };
                let led = if is_drawn { &mut paths.led_to } else { &mut paths.named };
                led[to] = true;
                if leaves {
                    paths.next[from].push(to);
                    paths.before[to].push(from);
                }
            }
        }
        paths
    }

    /// Everything that can be reached along `ways`.
    pub(super) fn reach(&self, from: impl Iterator<Item = usize>, ways: &[Vec<usize>]) -> Vec<bool> {
        let mut reached = vec![false; ways.len()];
        let mut open: Vec<usize> = from.collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                open.extend(&ways[node]);
            }
        }
        reached
    }

    /// A circle that passes none of the nodes to skip. Depth first, with the way kept on a stack of our own.
    pub(super) fn cycle(&self, skip: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            OnTheWay,
            Done,
        }
        let mut marks = vec![Mark::New; self.next.len()];
        for root in 0..self.next.len() {
            if marks[root] != Mark::New || skip(root) {
                continue;
            }
            let mut way = vec![(root, 0)];
            marks[root] = Mark::OnTheWay;
            while let Some((node, tried)) = way.last_mut() {
                let Some(&next) = self.next[*node].get(*tried) else {
                    marks[*node] = Mark::Done;
                    way.pop();
                    continue;
                };
                *tried += 1;
                match marks[next] {
                    _ if skip(next) => {}
                    Mark::New => {
                        marks[next] = Mark::OnTheWay;
                        way.push((next, 0));
                    }
                    Mark::OnTheWay => {
                        let nodes: Vec<usize> = way.iter().map(|(node, _)| *node).collect();
                        let begin = nodes.iter().position(|node| *node == next).unwrap_or(0);
                        return Some(nodes[begin..].to_vec());
                    }
                    Mark::Done => {}
                }
            }
        }
        None
    }
}
