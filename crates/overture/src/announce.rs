//! Who hears of what over live connections.
//!
//! Who sees the whole workspace is in its room and hears everything. Who sees only what they own is in two other
//! rooms, `own:{workspace}` and `own:{member}`: an event is for them if what it names is theirs, which is looked up
//! here, off the path of whoever tells, for many events at a time, and only while somebody of the kind is connected.

use crate::live::{Audience, Hub};
use domain::ids::WorkspaceId;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use store::{Db, Scope};
use tokio::sync::mpsc;

/// Events that may wait for their owners; beyond, those concerned are told to fetch again.
const LINE: usize = 8_192;
/// Events whose owners are looked up together.
const BATCH: usize = 512;
/// What an event may name, the most telling first.
const NAMES: [&str; 6] =
    ["conversation_id", "contact_id", "message_id", "campaign_id", "job_id", "import_id"];
/// Events that say of nothing in particular that numbers or lists have changed.
const COARSE: [&str; 3] = ["stats:updated", "contacts:updated", "segments:updated"];

struct Fact {
    workspace: WorkspaceId,
    event: String,
    data: Value,
}

impl Fact {
    fn names(&self) -> Option<&str> {
        NAMES.iter().find_map(|name| self.data.get(name)?.as_str())
    }
}

/// Where events go in.
pub struct Announcer {
    hub: Hub,
    line: mpsc::Sender<Fact>,
}

impl Announcer {
    /// Starts the task that finds the owners.
    pub fn start(db: Db, hub: Hub) -> Self {
        let (line, waiting) = mpsc::channel(LINE);
        tokio::spawn(find_owners(db, hub.clone(), waiting));
        Self { hub, line }
    }

    /// Tells everybody in a workspace who may hear it.
    pub fn tell(&self, workspace: &WorkspaceId, event: &str, data: Value) {
        self.hub.publish(&Audience::workspace(workspace.as_str()), event, &data);
        let owners = Audience::owner(workspace.as_str());
        if !self.hub.is_heard(&owners) {
            return;
        }
        // That sending was stopped or resumed concerns everybody.
        if data.get("sending_stopped").is_some() {
            self.hub.publish(&owners, event, &data);
            return;
        }
        let fact = Fact { workspace: workspace.clone(), event: event.to_owned(), data };
        if self.line.try_send(fact).is_err() {
            self.hub.publish(&owners, "resync", &json!({ "reason": "busy" }));
        }
    }
}

async fn find_owners(db: Db, hub: Hub, mut waiting: mpsc::Receiver<Fact>) {
    let mut facts = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut facts, BATCH).await > 0 {
        let mut by_workspace: HashMap<WorkspaceId, Vec<Fact>> = HashMap::new();
        for fact in facts.drain(..) {
            by_workspace.entry(fact.workspace.clone()).or_default().push(fact);
        }
        for (workspace, facts) in by_workspace {
            let named: HashSet<&str> = facts.iter().filter_map(Fact::names).collect();
            let named: Vec<&str> = named.into_iter().collect();
            match store::owners_of(&db, &Scope::system(workspace.clone()), &named).await {
                Ok(owners) => pass_on(&hub, &facts, &owners),
                Err(error) => {
                    tracing::warn!(%error, "whose events these are could not be found out");
                    hub.publish(&Audience::owner(workspace.as_str()), "resync", &json!({ "reason": "busy" }));
                }
            }
        }
    }
}

/// Each fact of a workspace to its owner; and that numbers have changed to everybody who has heard of something.
fn pass_on(hub: &Hub, facts: &[Fact], owners: &HashMap<String, String>) {
    let mut told: HashSet<&str> = HashSet::new();
    for fact in facts {
        if let Some(member) = fact.names().and_then(|id| owners.get(id)) {
            hub.publish(&Audience::owner(member), &fact.event, &fact.data);
            told.insert(member);
        }
    }
    for event in COARSE {
        if facts.iter().any(|fact| fact.event == event) {
            for member in &told {
                hub.publish(&Audience::owner(member), event, &json!({}));
            }
        }
    }
}
