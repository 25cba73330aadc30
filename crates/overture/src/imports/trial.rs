//! An import that writes nothing: which rows would be accepted, and why the others would not.

use super::{
    Rules,
    about::About,
    judge::{self, Order, Task},
    rejected::{Layout, Rejected},
};
use crate::error::{Error, Kind, Result};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Rows of the file.
    pub read: i64,
    /// Rows that could become contacts.
    pub accepted: i64,
    /// Rows that would be rejected.
    pub failed: i64,
    /// These, by cause.
    pub causes: BTreeMap<String, i64>,
}

/// Judges every row of a file; those that would be rejected are written to `rejected`, if it is given.
pub async fn trial(path: &Path, about: &About, rules: &Rules, rejected: Option<PathBuf>) -> Result<Trial> {
    let layout = Layout::of(path, &about.file)?;
    let task = Task {
        path: path.to_owned(),
        file: about.file.clone(),
        format: about.format(),
        mapping: rules.check(&about.file.columns, "US")?,
        layout: layout.clone(),
        done: 0,
        chunk_rows: 10_000,
        examples: 0,
        keeps_late: false,
        order: Order::File,
    };
    let mut target = rejected.map(|path| Rejected::new(path, layout, 0));
    let (sender, mut chunks) = mpsc::channel(1);
    let reading = tokio::task::spawn_blocking(move || judge::read(&task, &sender));
    let mut trial = Trial::default();
    while let Some(chunk) = chunks.recv().await {
        trial.read += chunk.read;
        trial.failed += chunk.failed;
        trial.accepted += chunk.read - chunk.failed;
        for (cause, count) in chunk.causes {
            *trial.causes.entry(cause).or_default() += count;
        }
        if let Some(target) = &mut target {
            target.append(&chunk.rejected).await?;
        }
    }
    let read = reading.await.map_err(anyhow::Error::from)?;
    read.map_err(|problem| Error::new(Kind::Invalid, "import.unreadable", problem.message))?;
    Ok(trial)
}
