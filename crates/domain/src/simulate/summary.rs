//! Many stories in numbers.

use super::{Action, BTreeMap, Graph, HashMap, JsonSchema, Outcome, Serialize, Story, What};

/// What happened at a step, in people; whoever comes twice counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepCount {
    /// The step.
    pub node: String,
    /// Got there.
    pub reached: usize,
    /// Got its message.
    pub sent: usize,
    /// Had no address for it.
    pub skipped: usize,
    /// Opened it.
    pub opened: usize,
    /// Clicked a link in it.
    pub clicked: usize,
    /// Answered it.
    pub replied: usize,
    /// Could not be reached by it.
    pub bounced: usize,
    /// Ended there.
    pub ended: usize,
}

/// What happened to everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// How many were sent through.
    pub people: usize,
    /// Messages that left.
    pub messages: usize,
    /// How many ended how.
    pub outcomes: BTreeMap<String, usize>,
    /// Each step, in the order of the funnel.
    pub steps: Vec<StepCount>,
    /// How many went each way, in the order of the funnel.
    pub ways: Vec<usize>,
    /// When the last of them was done, in milliseconds since the epoch.
    pub last_ms: Option<i64>,
}

/// Counts.
pub fn summary(graph: &Graph, stories: &[Story]) -> Summary {
    let place: HashMap<&str, usize> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.key.as_str(), at)).collect();
    let mut way: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, edge) in graph.edges.iter().enumerate() {
        way.entry((&edge.from, &edge.to)).or_insert(at);
    }
    let steps = graph.nodes.iter().map(|node| StepCount { node: node.key.clone(), ..StepCount::default() });
    let mut all = Summary { people: stories.len(), steps: steps.collect(), ..Summary::default() };
    all.ways = vec![0; graph.edges.len()];
    for story in stories {
        *all.outcomes.entry(Outcome::as_str(story.outcome).to_owned()).or_default() += 1;
        all.last_ms = all.last_ms.max(Some(story.ended_at));
        let mut seen: Vec<(usize, Option<What>)> = Vec::new();
        let mut note = |at: Option<&usize>, what: Option<What>| {
            if let Some(at) = at
                && !seen.contains(&(*at, what))
            {
                seen.push((*at, what));
            }
        };
        note(crate::funnel::start(graph).and_then(|node| place.get(node.key.as_str())), None);
        for (from, to) in &story.passed {
            if let Some(at) = way.get(&(from.as_str(), to.as_str())).and_then(|at| all.ways.get_mut(*at)) {
                *at += 1;
            }
            note(place.get(to.as_str()), None);
            if let Some(Action::Goto { node }) = graph.node(to).map(|node| &node.action) {
                note(place.get(node.as_str()), None);
            }
        }
        for entry in &story.entries {
            all.messages += usize::from(entry.what == What::Sent);
            note(entry.node.as_deref().and_then(|node| place.get(node)), Some(entry.what));
        }
        for (at, what) in seen {
            let Some(step) = all.steps.get_mut(at) else { continue };
            let count = match what {
                None => &mut step.reached,
                Some(What::Sent) => &mut step.sent,
                Some(What::Skipped) => &mut step.skipped,
                Some(What::Opened) => &mut step.opened,
                Some(What::Clicked) => &mut step.clicked,
                Some(What::Replied) => &mut step.replied,
                Some(What::Bounced) => &mut step.bounced,
                Some(What::Ends) => &mut step.ended,
                Some(
                    What::Later
                    | What::Waits
                    | What::Status
                    | What::Changes
                    | What::Task
                    | What::Calls
                    | What::PassesOver,
                ) => continue,
            };
            *count += 1;
        }
    }
    all
}
