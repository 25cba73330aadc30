//! Files that providers fetch from us. They lie in the folder `media` of the data directory; nodes that share a
//! database share that folder.

use anyhow::{Context, Result};
use domain::ids::{RecordingId, WorkspaceId};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tokio::{fs, io::AsyncWriteExt};

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Media {
    folder: PathBuf,
}

impl Media {
    /// In this data directory.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("media") }
    }

    /// Ids hold letters and digits only: no path leads out of the folder.
    fn path(&self, workspace: &WorkspaceId, id: &RecordingId) -> PathBuf {
        self.folder.join("vm").join(workspace.as_str()).join(format!("{id}.mp3"))
    }

    /// Writes a file whole, or not at all.
    pub async fn put(&self, workspace: &WorkspaceId, id: &RecordingId, bytes: &[u8]) -> Result<()> {
        let path = self.path(workspace, id);
        let draft = path.with_extension("part");
        let written = async {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).await?;
            }
            let mut file = fs::File::create(&draft).await?;
            file.write_all(bytes).await?;
            file.sync_all().await?;
            fs::rename(&draft, &path).await
        };
        written.await.with_context(|| format!("the recording {} cannot be written", path.display()))
    }

    /// A whole file; `None` where there is none.
    pub async fn get(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<Option<Vec<u8>>> {
        let path = self.path(workspace, id);
        match fs::read(&path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("the recording {} cannot be read", path.display()))
            }
        }
    }

    /// Deletes a file; one that is not there is deleted.
    pub async fn delete(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<()> {
        let path = self.path(workspace, id);
        match fs::remove_file(&path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("the recording {} cannot be deleted", path.display()))
            }
            _ => Ok(()),
        }
    }
}
