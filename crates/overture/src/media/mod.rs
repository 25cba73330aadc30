//! Files that providers fetch from us. They lie in the folder `media` of the data directory, which nodes that share a
//! database share too, or in a bucket of an S3-compatible store, by setting. What was put into the folder before a
//! bucket was named is still read from it, and deleted there.

mod bucket;
mod folder;
mod line;
mod range;

pub use bucket::{Bucket, Settings};
pub use range::{Asked, Part};

use crate::config::Config;
use anyhow::Result;
use bytes::Bytes;
use domain::ids::{RecordingId, WorkspaceId};
use folder::Folder;
use futures::stream::BoxStream;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Media {
    folder: Folder,
    bucket: Option<Bucket>,
}

/// A file, or a part of one, on its way.
pub struct Reading {
    /// How long the whole file is, in bytes.
    pub length: u64,
    /// What of it comes: not [`Part::Beyond`].
    pub part: Part,
    /// Its bytes. An error in the middle ends them.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

/// What was found of what was asked for.
pub enum Found {
    /// There is no such file.
    Nothing,
    /// The file ends before what was asked for; its length in bytes.
    Beyond(u64),
    /// It comes.
    Here(Reading),
}

impl Media {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        Self { folder: Folder::in_data_dir(&config.data_dir), bucket: config.media.clone() }
    }

    /// Whether files can be written, read and deleted where they are kept; who asks names itself, so that nodes do not
    /// disturb one another.
    ///
    /// # Errors
    /// What is wrong with the bucket and which setting to look at. The folder is always well.
    pub async fn check(&self, node: &str) -> Result<()> {
        match &self.bucket {
            Some(bucket) => bucket.check(node).await,
            None => Ok(()),
        }
    }

    /// Writes a file whole, or not at all.
    pub async fn put(&self, workspace: &WorkspaceId, id: &RecordingId, bytes: &Bytes) -> Result<()> {
        match &self.bucket {
            Some(bucket) => bucket.put(workspace, id, bytes).await,
            None => self.folder.put(workspace, id, bytes).await,
        }
    }

    /// A whole file; `None` where there is none.
    pub async fn get(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<Option<Bytes>> {
        if let Some(bucket) = &self.bucket
            && let Some(bytes) = bucket.get(workspace, id).await?
        {
            return Ok(Some(bytes));
        }
        self.folder.get(workspace, id).await
    }

    /// A file or a part of it, as it comes from where it is kept.
    pub async fn read(&self, workspace: &WorkspaceId, id: &RecordingId, asked: Asked) -> Result<Found> {
        if let Some(bucket) = &self.bucket {
            match bucket.read(workspace, id, asked).await? {
                Found::Nothing => {}
                found => return Ok(found),
            }
        }
        self.folder.read(workspace, id, asked).await
    }

    /// Deletes a file; one that is not there is deleted.
    pub async fn delete(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<()> {
        if let Some(bucket) = &self.bucket {
            bucket.delete(workspace, id).await?;
        }
        self.folder.delete(workspace, id).await
    }
}
