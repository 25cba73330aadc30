//! Whether a database is a copy of an earlier time: one that believes that messages wait which may have left already.
//!
//! Three witnesses are heard. The node's own notes, outside the database, of how often it claimed messages: a database
//! that knows of fewer claims has gone back, whatever any clock says. The place: a database in another folder, or another
//! database of the server, than the one it says it is in has been copied. And silence: a node that ends properly says so,
//! so that a database in which nobody has ended and from which nothing was heard for an hour is one of a machine that was
//! cut off, or a snapshot of it; nothing tells the two apart, so a person is asked.
//!
//! What no witness sees is in ARCHITECTURE.md.

use crate::text::words;

/// A node that did not end is missed after this long, in milliseconds.
pub const SILENCE_MS: i64 = 3_600_000;

words! {
    /// Why a database is taken for a copy of an earlier time.
    pub enum Why {
        /// It knows of fewer claims than this node has made.
        Behind = "behind",
        /// It is in another place than the one that it was in.
        Moved = "moved",
        /// Nothing was heard for long, and nobody had ended.
        Silent = "silent",
    }
}

/// What this node noted outside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notes {
    /// Of this database.
    Ours,
    /// Of this database, in a folder that was copied from elsewhere.
    Copied,
    /// Nothing of this database.
    Missing,
}

/// Everything the decision depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whether anything in the database could leave.
    pub has_tenants: bool,
    /// Whether the database was ever told about this: one of an older version was not.
    pub is_known: bool,
    /// Whether other nodes work on it at this moment.
    pub has_company: bool,
    /// Whether nodes on several machines share it.
    pub is_shared: bool,
    /// What this node noted.
    pub notes: Notes,
    /// Whether the notes tell of claims that the database does not know.
    pub is_behind: bool,
    /// Whether the database is another one than it says.
    pub has_moved: bool,
    /// How long nothing was heard of any node, in milliseconds of the machines.
    pub silent_ms: i64,
    /// Whether the last node ended properly.
    pub has_ended: bool,
}

/// Why nothing may leave until a person has said so; `None` where all is as it should be.
pub fn judge(facts: &Facts) -> Option<Why> {
    if !facts.has_tenants {
        return None;
    }
    if facts.is_behind {
        return Some(Why::Behind);
    }
    if !facts.is_known {
        return None;
    }
    if facts.has_moved {
        return Some(Why::Moved);
    }
    if facts.has_company {
        // They have looked already, and may be sending.
        return None;
    }
    let is_silent = facts.silent_ms >= SILENCE_MS;
    match facts.notes {
        // A database in a file comes with its folder; to a shared one, new machines come without notes.
        Notes::Missing | Notes::Copied if !facts.is_shared => Some(Why::Moved),
        Notes::Missing | Notes::Copied if is_silent => Some(Why::Silent),
        _ if is_silent && !facts.has_ended => Some(Why::Silent),
        _ => None,
    }
}

words! {
    /// What a person says about it.
    pub enum Answer {
        /// What may have left is looked up where the provider can be asked; of the rest a person decides, one by one.
        Check = "check",
        /// Nothing has left since: everything goes on as it stands.
        Continue = "continue",
        /// What may have left is cancelled, and campaigns are paused.
        Cancel = "cancel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            has_tenants: true,
            is_known: true,
            has_company: false,
            is_shared: false,
            notes: Notes::Ours,
            is_behind: false,
            has_moved: false,
            silent_ms: 60_000,
            has_ended: false,
        }
    }

    #[test]
    fn a_node_that_starts_again_goes_on() {
        assert_eq!(judge(&well()), None);
        // It was switched off overnight, properly.
        assert_eq!(judge(&Facts { silent_ms: 9 * SILENCE_MS, has_ended: true, ..well() }), None);
        // The first start after an upgrade, and of a new installation.
        assert_eq!(judge(&Facts { is_known: false, notes: Notes::Missing, ..well() }), None);
        assert_eq!(judge(&Facts { has_tenants: false, notes: Notes::Missing, ..well() }), None);
        // One node more beside others, and the only node of a shared database, started anew on an empty disk.
        let shared = Facts { is_shared: true, notes: Notes::Missing, ..well() };
        assert_eq!(judge(&Facts { has_company: true, silent_ms: 2 * SILENCE_MS, ..shared.clone() }), None);
        assert_eq!(judge(&shared), None);
    }

    #[test]
    fn a_copy_is_noticed() {
        assert_eq!(judge(&Facts { is_behind: true, has_company: true, ..well() }), Some(Why::Behind));
        assert_eq!(judge(&Facts { is_behind: true, is_known: false, ..well() }), Some(Why::Behind));
        assert_eq!(judge(&Facts { notes: Notes::Missing, has_ended: true, ..well() }), Some(Why::Moved));
        assert_eq!(judge(&Facts { notes: Notes::Copied, has_ended: true, ..well() }), Some(Why::Moved));
        assert_eq!(judge(&Facts { has_moved: true, has_company: true, ..well() }), Some(Why::Moved));
        assert_eq!(judge(&Facts { silent_ms: SILENCE_MS, ..well() }), Some(Why::Silent));
        let shared = Facts { is_shared: true, has_ended: true, silent_ms: SILENCE_MS, ..well() };
        assert_eq!(judge(&Facts { notes: Notes::Missing, ..shared }), Some(Why::Silent));
    }
}
