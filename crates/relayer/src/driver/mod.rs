//! How a message is sent from this device.

mod desktop;
mod fake;

pub use desktop::TelegramDesktop;
pub use fake::FakeTelegram;

use crate::server::Lent;
use async_trait::async_trait;

/// Why a message was not sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Fail {
    /// It definitely did not leave.
    NotSent(String),
    /// It may have left.
    Unknown(String),
}

/// Sends a message in two steps. Between them the journal is written: whatever happens after [`Driver::press`] begins,
/// the message counts as one that may have left.
#[async_trait]
pub trait Driver: Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Whether nobody is reached by it.
    fn is_practice(&self) -> bool;

    /// Whether it could send now, without sending anything.
    async fn check(&self) -> Result<String, String>;

    /// Makes everything ready, up to the key that sends. Nothing that it does reaches anybody.
    async fn prepare(&self, message: &Lent) -> Result<(), String>;

    /// Presses the key.
    async fn press(&self, message: &Lent) -> Result<(), Fail>;
}

/// Says what it would send.
#[derive(Debug, Default)]
pub struct DryRun;

#[async_trait]
impl Driver for DryRun {
    fn name(&self) -> &'static str {
        "dry-run"
    }

    fn is_practice(&self) -> bool {
        true
    }

    async fn check(&self) -> Result<String, String> {
        Ok("It only says what it would send.".into())
    }

    async fn prepare(&self, _: &Lent) -> Result<(), String> {
        Ok(())
    }

    async fn press(&self, message: &Lent) -> Result<(), Fail> {
        let length = message.text.chars().count();
        println!("Would send {length} characters to {}", message.contact_handle);
        Ok(())
    }
}
