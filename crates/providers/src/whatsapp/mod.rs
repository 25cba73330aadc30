//! WhatsApp through Meta's Cloud API, and its webhooks.

mod codes;
mod send;
mod templates;
mod webhook;

pub use codes::{class_of, meaning};
pub use webhook::{accounts, numbers, parse, split};

use crate::{
    Api, Fail, Found, Gate, Http, Outgoing, Provider, Receipt, Shelf, Template,
    graph::{self, Graph, Product},
};
use async_trait::async_trait;
use domain::Channel;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A number on the Cloud API.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "WhatsApp")]
struct Credentials {
    /// Phone number ID from the WhatsApp page of the Meta app. It is not the number itself.
    #[schemars(title = "Phone number ID", regex(pattern = "^[0-9]{1,40}$"))]
    phone_number_id: String,
    /// Access token of a system user with the permission whatsapp_business_messaging.
    #[schemars(title = "Access token", length(min = 1), extend("format" = "password"))]
    access_token: String,
    /// App secret from the basic settings of the Meta app. It signs WhatsApp's webhooks.
    #[schemars(title = "App secret", length(min = 1), extend("format" = "password"))]
    app_secret: String,
    /// ID of the WhatsApp Business Account that the number belongs to. Without it the templates that Meta has approved
    /// are not read, and reading them needs the permission whatsapp_business_management.
    #[serde(default)]
    #[schemars(title = "WhatsApp Business Account ID", regex(pattern = "^[0-9]{0,40}$"))]
    business_account_id: String,
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

const PRODUCT: Product = Product {
    name: "WhatsApp",
    class_of: |code, _| codes::class_of(code),
    meaning: |code, _| codes::meaning(code),
};

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "whatsapp",
        name: "WhatsApp Cloud",
        channel: Channel::Whatsapp,
        docs: "https://developers.facebook.com/docs/whatsapp/cloud-api",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let c: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("WhatsApp", error))?;
    if !graph::is_id(&c.phone_number_id) {
        return Err(Fail::credentials("WhatsApp", "the phone number ID is not a number of Meta's console"));
    }
    let graph = Graph::open(http, PRODUCT, &c.base_url, &c.graph_version, &c.access_token, &c.app_secret)?;
    let account = c.business_account_id;
    if !account.is_empty() && !graph::is_id(&account) {
        return Err(Fail::credentials(
            "WhatsApp",
            "the WhatsApp Business Account ID is not a number of Meta's console",
        ));
    }
    Ok(Box::new(Whatsapp { graph, phone_number_id: c.phone_number_id, account }))
}

/// One number.
struct Whatsapp {
    graph: Graph,
    phone_number_id: String,
    /// Its WhatsApp Business Account; may be empty.
    account: String,
}

#[async_trait]
impl Api for Whatsapp {
    async fn check(&self) -> Result<(), Fail> {
        let path = format!("/{}?fields=display_phone_number", self.phone_number_id);
        self.graph.get(&path).await.map(drop)
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    /// The Cloud API has no list of what was sent: only a status webhook with our id can tell.
    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        Some(self)
    }
}

#[async_trait]
impl Shelf for Whatsapp {
    fn account(&self) -> &str {
        &self.account
    }

    async fn templates(&self) -> Result<Vec<Template>, Fail> {
        self.read_templates().await
    }
}
