//! Finding the workspace that a command is about.

use crate::app::App;
use anyhow::{Context, Result, bail};
use domain::ids::WorkspaceId;
use store::workspace::{self, Workspace};

/// The one that was named, or the only one.
pub async fn choose(app: &App, named: Option<&str>) -> Result<Workspace> {
    let mut all = workspace::all(&app.db).await?;
    if let Some(id) = named {
        let id: WorkspaceId = id.parse().context("--workspace takes an id that begins with wsp_")?;
        all.retain(|workspace| workspace.id == id);
    }
    match all.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("There is no such workspace"),
        _ => {
            let ids: Vec<String> = all.iter().map(|w| format!("{} ({})", w.id, w.name)).collect();
            bail!("There are several workspaces. Name one with --workspace: {}", ids.join(", "));
        }
    }
}
