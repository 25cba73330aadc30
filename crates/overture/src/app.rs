//! The running product: what every feature and loop shares.

use crate::{
    announce::Announcer,
    clock::{Clock, real_ms},
    config::Config,
    egress::Egress,
    error::Result,
    http::{callers::Callers, limits::Limits},
    intake::Intake,
    keys::Keys,
    live::Hub,
    outside::Outside,
    tool::Registry,
};
use domain::ids::{ConversationId, WorkspaceId};
use serde_json::json;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use store::Db;
use tokio::sync::Notify;

/// Wake-ups of the loops. They carry no data: losing one costs a second, never correctness.
#[derive(Default)]
pub struct Wake {
    /// Enrollments may be due.
    pub steps: Notify,
    /// Contacts that segments may ask for changed.
    pub segments: Notify,
    /// Messages may be queued.
    pub outbox: Notify,
    /// Inbound events were stored.
    pub inbound: Notify,
    /// Webhooks have something to be told.
    pub webhooks: Notify,
    /// Members may have something to hear outside of the page.
    pub notices: Notify,
    /// Jobs were queued.
    pub jobs: Notify,
    /// Conversations may be marked to be read anew.
    pub clocks: Notify,
}

/// The running product.
pub struct App {
    /// Configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The product's time.
    pub clock: Clock,
    /// The installation's keys.
    pub keys: Keys,
    /// Live connections.
    pub hub: Hub,
    /// Who hears of what.
    pub announcer: Announcer,
    /// Providers and the sandbox.
    pub outside: Outside,
    /// Files that providers fetch.
    pub media: crate::media::Media,
    /// Texts that are being spoken here.
    pub making: crate::recordings::Making,
    /// The way to addresses that members enter.
    pub egress: Egress,
    /// Webhooks on their way into the database.
    pub intake: Intake,
    /// All tools.
    pub registry: Registry,
    /// Wake-ups.
    pub wake: Wake,
    /// The stops of all workspaces, as every send asks them last.
    pub stops: Arc<crate::guard::Stops>,
    /// What this node notes outside the database.
    pub witness: crate::witness::Witness,
    /// How often somebody tries to sign in here.
    pub sign_ins: crate::http::throttle::SignIns,
    /// How often anybody may ask here.
    pub limits: Limits,
    /// Who asked lately.
    pub callers: Callers,
    /// Whose numbers webhooks were about lately.
    pub doors: crate::http::doors::Doors,
    /// Where people sign in with their Google account, if that is configured.
    pub google: Option<crate::openid::Provider>,
    /// What this node is sending.
    pub flights: crate::loops::flights::Flights,
    /// Mailboxes that did not answer this node lately.
    pub polls: crate::loops::backoff::Backoff,
    /// Push services that did not take what they were given lately.
    pub push_services: crate::loops::backoff::Backoff,
    /// This node since its start: the owner of its claims.
    pub node: String,
    /// Whether this is `overture demo`.
    pub demo: bool,
    public_url: OnceLock<String>,
}

impl App {
    /// Puts the product together on an open database.
    pub fn new(config: Config, db: Db, clock: Clock, keys: Keys, outside: Outside, demo: bool) -> Arc<Self> {
        let node = format!("{}-{}", std::process::id(), crate::keys::token());
        let hub = Hub::new();
        Arc::new(Self {
            announcer: Announcer::start(db.clone(), hub.clone()),
            intake: Intake::start(db.clone()),
            google: config.google.clone().map(crate::openid::Provider::new),
            media: crate::media::Media::of(&config),
            making: Default::default(),
            egress: Egress::new(&config),
            db,
            clock,
            keys,
            hub,
            outside,
            registry: crate::tools::all(),
            wake: Wake::default(),
            stops: Arc::default(),
            witness: Default::default(),
            sign_ins: Default::default(),
            limits: Limits::new(config.limits),
            callers: Callers::default(),
            doors: Default::default(),
            flights: Default::default(),
            polls: Default::default(),
            push_services: Default::default(),
            node,
            demo,
            public_url: OnceLock::new(),
            config,
        })
    }

    /// The address that links and callbacks are made with: as configured, else where we listen.
    pub fn public_url(&self) -> String {
        match &self.config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => {
                self.public_url.get().cloned().unwrap_or_else(|| format!("http://{}", self.config.listen))
            }
        }
    }

    /// Told once, when the listening socket is bound.
    pub fn set_address(&self, address: std::net::SocketAddr) {
        if self.public_url.set(format!("http://{address}")).is_err() {
            tracing::debug!("the address was set before");
        }
    }

    /// Where uploaded files lie.
    pub fn files(&self) -> PathBuf {
        self.config.data_dir.join("files")
    }

    /// Commits a transaction.
    pub async fn commit(&self, tx: store::Tx) -> Result<()> {
        tx.commit().await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Tells everybody in a workspace who may hear it.
    pub fn tell(&self, workspace: &WorkspaceId, event: &str, data: serde_json::Value) {
        self.announcer.tell(workspace, event, data);
    }

    /// Tells everybody who may hear it that a conversation changed.
    pub fn tell_conversation(&self, workspace: &WorkspaceId, conversation: &ConversationId) {
        self.tell(workspace, "conversation:updated", json!({ "conversation_id": conversation }));
        self.wake.clocks.notify_one();
        self.wake.notices.notify_one();
    }

    /// Real milliseconds, for what concerns machines.
    pub fn real_ms(&self) -> i64 {
        real_ms()
    }
}
