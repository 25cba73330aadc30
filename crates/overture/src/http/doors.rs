//! Whose number a text came to and what it is signed with, as the doors of Twilio ask it. Remembered for a moment, so that
//! a burst of webhooks costs no query each.
//!
//! What changes counts for new tokens at once, since a signature that does not fit is looked at once more with what the
//! database says; an old token, or a number that was taken away, opens the door for at most twice `REMEMBERED`.

use crate::{app::App, error::Result};
use domain::Channel;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::sender::Sender;
use tokio::time::Instant;

/// For so long a number is not looked up again.
const REMEMBERED: Duration = Duration::from_millis(300);
/// With so many that are remembered, all are forgotten.
const MANY: usize = 20_000;

/// A number that texts come to.
pub struct Door {
    /// Whose it is.
    pub sender: Sender,
    /// What webhooks about it are signed with.
    pub token: String,
}

/// One that was looked up.
struct Known {
    at: Instant,
    /// When somebody last went to look it up again.
    again: Instant,
    door: Arc<Door>,
}

/// The numbers that were asked about lately, on this node.
#[derive(Default)]
pub struct Doors(Mutex<HashMap<String, Known>>);

impl Doors {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number as it was a moment ago. Of those who ask when that is too long ago one is told nothing and looks it up;
    /// the others go on with what is known, so that a burst does not look it up as often as it has connections.
    pub fn remembered(&self, number: &str) -> Option<Arc<Door>> {
        let mut found = self.lock();
        let known = found.get_mut(number)?;
        let age = known.at.elapsed();
        if age < REMEMBERED || (age < 2 * REMEMBERED && known.again.elapsed() < REMEMBERED) {
            return Some(known.door.clone());
        }
        known.again = Instant::now();
        None
    }

    /// The number as the database has it.
    pub async fn look_up(&self, app: &App, number: &str) -> Result<Option<Arc<Door>>> {
        let found = Self::find(app, number).await;
        let mut known = self.lock();
        match &found {
            Ok(Some(door)) => {
                if known.len() >= MANY {
                    known.clear();
                }
                let at = Instant::now();
                known.insert(number.to_owned(), Known { at, again: at, door: door.clone() });
            }
            _ => {
                known.remove(number);
            }
        }
        found
    }

    async fn find(app: &App, number: &str) -> Result<Option<Arc<Door>>> {
        let Some(sender) = store::sender::by_address(&app.db, Channel::Sms, number).await? else {
            return Ok(None);
        };
        let workspace = super::webhooks::workspace_of(app, &sender).await?;
        let token = app.outside.twilio_token(&app.keys, &workspace, &sender);
        Ok(token.map(|token| Arc::new(Door { sender, token })))
    }
}
