//! Who is asking. No tenant row is read or written without one.

use domain::ids::{MemberId, WorkspaceId};

/// The workspace a query is confined to, and the member on whose behalf it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Every statement filters on it.
    pub workspace: WorkspaceId,
    /// `None` for the product's own work (loops, imports).
    pub member: Option<MemberId>,
}

impl Scope {
    /// The scope of a signed-in member.
    pub fn member(workspace: WorkspaceId, member: MemberId) -> Self {
        Self { workspace, member: Some(member) }
    }

    /// The scope of background work inside one workspace.
    pub fn system(workspace: WorkspaceId) -> Self {
        Self { workspace, member: None }
    }

    pub(crate) fn ws(&self) -> &str {
        self.workspace.as_str()
    }
}
