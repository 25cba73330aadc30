//! Facebook Messenger as a page, through the Graph API, and its webhooks.

mod codes;
mod lookup;
mod send;
mod webhook;

pub use codes::{class_of, meaning};
pub use webhook::{pages, parse, split};

use crate::{
    Api, Fail, Found, Gate, Http, Outgoing, Provider, Receipt,
    graph::{self, Graph, Product},
};
use async_trait::async_trait;
use domain::Channel;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A page. Its id is the address of the sender.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Messenger")]
struct Credentials {
    /// Page access token with the permission pages_messaging.
    #[schemars(title = "Page access token", length(min = 1), extend("format" = "password"))]
    access_token: String,
    /// App secret from the basic settings of the Meta app. It signs Messenger's webhooks.
    #[schemars(title = "App secret", length(min = 1), extend("format" = "password"))]
    app_secret: String,
    /// Version of the Graph API.
    #[serde(default = "default_version")]
    #[schemars(title = "Graph API version")]
    graph_version: String,
    /// Another address of the API, for a proxy or a test server.
    #[serde(default = "default_base_url")]
    #[schemars(title = "Base URL")]
    base_url: String,
}

fn default_version() -> String {
    graph::VERSION.to_owned()
}

fn default_base_url() -> String {
    graph::BASE_URL.to_owned()
}

const PRODUCT: Product = Product { name: "Messenger", class_of: codes::class_of, meaning: codes::meaning };

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "messenger",
        name: "Messenger",
        channel: Channel::Messenger,
        docs: "https://developers.facebook.com/docs/messenger-platform",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let c: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("Messenger", error))?;
    let graph = Graph::open(http, PRODUCT, &c.base_url, &c.graph_version, &c.access_token, &c.app_secret)?;
    Ok(Box::new(Messenger { graph }))
}

/// One page.
struct Messenger {
    graph: Graph,
}

#[async_trait]
impl Api for Messenger {
    async fn check(&self) -> Result<(), Fail> {
        // With a page's token this is the page.
        self.graph.get("/me?fields=name").await.map(drop)
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    async fn find(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail> {
        self.look_up(message, since_ms).await
    }
}
