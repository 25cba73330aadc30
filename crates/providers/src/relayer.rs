//! The member's own device, as the carrier of an account: nothing is called from here. The device asks for what was
//! approved and says what became of it; what it did not say cannot be looked up anywhere.

use crate::{Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt};
use async_trait::async_trait;
use domain::Channel;
use serde_json::{Value, json};
use std::sync::Arc;

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "relayer",
        name: "A device of your own",
        channel: Channel::Telegram,
        docs: "https://telegram.org/apps",
        credentials: json!({ "title": "Relayer", "type": "object", "properties": {} }),
        connect,
    }
}

fn connect(_: &Http, _: &Value) -> Result<Box<dyn Api>, Fail> {
    Ok(Box::new(Device))
}

struct Device;

#[async_trait]
impl Api for Device {
    async fn check(&self) -> Result<(), Fail> {
        Ok(())
    }

    async fn send(&self, _: &Outgoing, _: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        Err(Fail::new(
            Class::GaveBack,
            "A device of a member carries these messages; it asks for them itself",
        ))
    }

    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }
}
