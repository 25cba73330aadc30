//! Files in a folder of the data directory.

use super::{Asked, Found, Part, Reading};
use anyhow::{Context, Result};
use bytes::Bytes;
use domain::ids::{RecordingId, WorkspaceId};
use futures::{StreamExt, stream};
use std::{
    io::{ErrorKind, SeekFrom},
    path::{Path, PathBuf},
};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

/// So much of a file is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// In this data directory.
    pub fn in_data_dir(data_dir: &Path) -> Self {
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
    pub async fn get(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<Option<Bytes>> {
        let path = self.path(workspace, id);
        match fs::read(&path).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| unreadable(&path)),
        }
    }

    /// A file or a part of it.
    pub async fn read(&self, workspace: &WorkspaceId, id: &RecordingId, asked: Asked) -> Result<Found> {
        let path = self.path(workspace, id);
        let mut file = match fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error).with_context(|| unreadable(&path)),
        };
        let length = file.metadata().await.with_context(|| unreadable(&path))?.len();
        let part = asked.of(length);
        let (first, count) = match part {
            Part::Whole => (0, length),
            Part::Some { first, last } => (first, last - first + 1),
            Part::Beyond => return Ok(Found::Beyond(length)),
        };
        file.seek(SeekFrom::Start(first)).await.with_context(|| unreadable(&path))?;
        let pieces = stream::try_unfold((file.take(count), path), |(mut file, path)| async move {
            let mut piece = Vec::with_capacity(PIECE.min(usize::try_from(file.limit()).unwrap_or(PIECE)));
            let read = file.read_buf(&mut piece).await.with_context(|| unreadable(&path))?;
            Ok((read > 0).then(|| (Bytes::from(piece), (file, path))))
        });
        Ok(Found::Here(Reading { length, part, bytes: pieces.boxed() }))
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

fn unreadable(path: &Path) -> String {
    format!("the recording {} cannot be read", path.display())
}
