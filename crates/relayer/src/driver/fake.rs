//! A Telegram that is a file: each line is something that somebody would have read.

use super::{Driver, Fail};
use crate::server::Lent;
use async_trait::async_trait;
use serde_json::json;
use std::{fs::OpenOptions, io::Write, path::PathBuf, time::Duration};

/// Types into a file, slowly enough for somebody to be in its way.
#[derive(Debug)]
pub struct FakeTelegram {
    /// The file.
    pub chats: PathBuf,
    /// How long each of its steps takes.
    pub pause: Duration,
}

#[async_trait]
impl Driver for FakeTelegram {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn is_practice(&self) -> bool {
        true
    }

    async fn check(&self) -> Result<String, String> {
        Ok(format!("It writes into {}.", self.chats.display()))
    }

    async fn prepare(&self, message: &Lent) -> Result<(), String> {
        tokio::time::sleep(self.pause).await;
        if message.contact_handle.contains("nobody") {
            return Err(format!("{} is not on Telegram", message.contact_handle));
        }
        Ok(())
    }

    async fn press(&self, message: &Lent) -> Result<(), Fail> {
        tokio::time::sleep(self.pause).await;
        let line = json!({ "id": message.id, "to": message.contact_handle, "text": message.text });
        let unknown = |error: std::io::Error| Fail::Unknown(error.to_string());
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.chats)
            .map_err(|error| Fail::NotSent(error.to_string()))?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(unknown)?;
        file.sync_data().map_err(unknown)?;
        tokio::time::sleep(self.pause).await;
        Ok(())
    }
}
