//! A new key in the place of the one before: `overture keys`. Servers go on meanwhile. Whenever it is cut short,
//! everything can be read, and it is finished by being run again.

use super::{
    Keys, Place, key_of,
    ring::{Key, Ring},
    sealed,
};
use crate::outside;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{
    Db,
    sealed::{Column, Row},
};

impl Keys {
    fn file(&self) -> Result<&std::path::Path> {
        match &self.place {
            Place::File(path) => Ok(path),
            Place::Environment => bail!(
                "the keys come from the environment (OVERTURE_KEYS): change them there, in every node. A new key is a line of its own, the last one: `{}`",
                "<8 hexadecimal digits> <32 random bytes in base64url>"
            ),
        }
    }

    /// Puts a new key into the file, with which everything is made from now on; returns its id.
    pub fn add(&self) -> Result<String> {
        let key = Key::draw();
        let id = key.id.clone();
        Ring::change(self.file()?, |ring| Ok(ring.with(key)))?;
        self.newest_ring();
        Ok(id)
    }

    /// Takes a key out of the file: what it has sealed and signed is worth nothing from now on.
    pub fn remove(&self, id: &str) -> Result<()> {
        Ring::change(self.file()?, |ring| ring.without(id))?;
        self.newest_ring();
        Ok(())
    }

    /// The ids of all keys, the newest first.
    pub fn ids(&self) -> Vec<String> {
        self.newest_ring().newest_first().map(|key| key.id.clone()).collect()
    }

    /// A stored secret under the newest key; `None` where it is already.
    pub fn rewrap(&self, place: &str, text: &str) -> Result<Option<String>> {
        let ring = self.newest_ring();
        if key_of(text) == Some(ring.current().id.as_str()) {
            return Ok(None);
        }
        sealed::rewrap(|id| ring.find(id).cloned(), ring.current(), place, text).map(Some)
    }
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Moved {
    /// Secrets that are under the newest key now.
    pub moved: u64,
    /// Secrets that were changed by somebody in the same instant; they were sealed anew then.
    pub changed_meanwhile: u64,
    /// Secrets that no key opens, by where they stand.
    pub unreadable: Vec<String>,
}

/// Brings every stored secret under the newest key, row by row.
pub async fn rewrap_all(db: &Db, keys: &Keys) -> Result<Moved> {
    let mut outcome = Moved::default();
    for column in store::sealed::COLUMNS {
        let mut after = String::new();
        loop {
            let rows = store::sealed::page(db, column, &after).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            for row in &rows {
                move_one(db, keys, column, row, &mut outcome).await?;
            }
        }
    }
    Ok(outcome)
}

async fn move_one(db: &Db, keys: &Keys, column: &Column, row: &Row, outcome: &mut Moved) -> Result<()> {
    match keys.rewrap(&place(column, &row.id), &row.sealed) {
        Ok(None) => {}
        Ok(Some(new)) => {
            if store::sealed::replace(db, column, &row.id, &row.sealed, &new).await? {
                outcome.moved += 1;
            } else {
                outcome.changed_meanwhile += 1;
            }
        }
        Err(error) => {
            outcome.unreadable.push(format!("{}.{} of {}: {error:#}", column.table, column.name, row.id))
        }
    }
    Ok(())
}

/// The place that a column's values are sealed for.
fn place(column: &Column, id: &str) -> String {
    match (column.table, column.name) {
        ("senders", "credentials") => outside::place(id),
        ("senders", "mailbox") => crate::senders::account::mailbox_place(id),
        ("workspaces", "google_app") => crate::gmail::app::place(id),
        ("webhooks", _) => crate::webhooks::call::place(id),
        ("push_keys", _) => crate::push::keys_place(),
        ("push_subscriptions", _) => crate::push::place(id),
        ("authenticators", _) => crate::second_factor::place_of(id),
        (table, name) => unreachable!("{table}.{name} is sealed for no place that is known here"),
    }
}

/// How many stored secrets each key seals, by its id. Answers that are kept for a day for who repeats a request are
/// among them: they are not moved, they go by themselves.
pub async fn counts(db: &Db) -> Result<BTreeMap<String, u64>> {
    let counts = store::sealed::counts(db).await.context("counting stored secrets")?;
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
}
