//! One action on many contacts at once, and its way back.

use crate::{
    ids::{ListId, MemberId, TagId},
    import::MAX_VALUE,
    template::one_line,
    text::words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For how long after its end an action can be undone, in milliseconds.
pub const UNDO_MS: i64 = 30 * 24 * 3_600_000;

/// What is done to each contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// They get a tag.
    AddTag {
        /// Which.
        tag_id: TagId,
    },
    /// They lose a tag.
    RemoveTag {
        /// Which.
        tag_id: TagId,
    },
    /// They go on a list.
    AddToList {
        /// Which.
        list_id: ListId,
    },
    /// They come off a list.
    RemoveFromList {
        /// Which.
        list_id: ListId,
    },
    /// They get a status.
    SetStatus {
        /// Which, in at most 500 characters.
        status: String,
    },
    /// They go over to a member, with their conversations.
    Assign {
        /// Who gets them.
        owner_id: MemberId,
    },
    /// They are deleted, as one by one: what is queued for them is withdrawn, their campaigns end, their conversations
    /// stay.
    Delete {},
}

/// What an action writes, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Into the tag or list with this id.
    Join(&'a str),
    /// Out of it.
    Leave(&'a str),
    /// This status.
    Status(&'a str),
    /// This owner.
    Owner(&'a MemberId),
    /// Nothing: they go.
    Gone,
}

impl Action {
    /// What it writes.
    pub fn change(&self) -> Change<'_> {
        match self {
            Self::AddTag { tag_id } => Change::Join(tag_id.as_str()),
            Self::AddToList { list_id } => Change::Join(list_id.as_str()),
            Self::RemoveTag { tag_id } => Change::Leave(tag_id.as_str()),
            Self::RemoveFromList { list_id } => Change::Leave(list_id.as_str()),
            Self::SetStatus { status } => Change::Status(status),
            Self::Assign { owner_id } => Change::Owner(owner_id),
            Self::Delete {} => Change::Gone,
        }
    }

    /// With its text as it is stored: on one line, without what surrounds it. A status that is none is a sentence that
    /// says so.
    pub fn tidy(self) -> Result<Self, String> {
        let Self::SetStatus { status } = self else { return Ok(self) };
        let status = one_line(status.trim());
        match status.chars().count() {
            0 => Err("Write a status".to_owned()),
            n if n > MAX_VALUE => Err(format!("Write at most {MAX_VALUE} characters")),
            _ => Ok(Self::SetStatus { status }),
        }
    }

    /// Whether it takes contacts from one member and gives them to another, which reps may not.
    pub fn is_for_managers(&self) -> bool {
        matches!(self, Self::Assign { .. })
    }
}

words! {
    /// Whether an action can be undone.
    pub enum UndoStatus {
        /// It can.
        Possible = "possible",
        /// It is being undone.
        Running = "running",
        /// It was undone.
        Done = "done",
        /// It was over too long ago.
        Expired = "expired",
    }
}

/// What the way back depends on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Course {
    /// When it was over: done, stopped or given up.
    pub over_at: Option<i64>,
    /// Contacts that it changed.
    pub changed: i64,
    /// Whether a job that undoes it may still go on.
    pub is_being_undone: bool,
    /// When it was undone to its end.
    pub undone_at: Option<i64>,
}

impl Course {
    /// Whether it can be undone; nothing while it is not over, or when it changed nobody.
    pub fn undo(self, now: i64) -> Option<UndoStatus> {
        let over = self.over_at.filter(|_| self.changed > 0)?;
        Some(match self {
            Self { undone_at: Some(_), .. } => UndoStatus::Done,
            Self { is_being_undone: true, .. } => UndoStatus::Running,
            _ if now > over + UNDO_MS => UndoStatus::Expired,
            _ => UndoStatus::Possible,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn an_action_is_read_as_it_was_written_and_says_what_it_changes() {
        let id = Uuid::from_u128(7);
        let (tag, list, member) = (TagId::from_uuid(id), ListId::from_uuid(id), MemberId::from_uuid(id));
        for (wire, change) in [
            (json!({ "kind": "add_tag", "tag_id": tag }), Change::Join(tag.as_str())),
            (json!({ "kind": "remove_tag", "tag_id": tag }), Change::Leave(tag.as_str())),
            (json!({ "kind": "add_to_list", "list_id": list }), Change::Join(list.as_str())),
            (json!({ "kind": "remove_from_list", "list_id": list }), Change::Leave(list.as_str())),
            (json!({ "kind": "set_status", "status": "New" }), Change::Status("New")),
            (json!({ "kind": "assign", "owner_id": member }), Change::Owner(&member)),
            (json!({ "kind": "delete" }), Change::Gone),
        ] {
            let action: Action = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(action.change(), change, "{wire}");
            assert_eq!(action.is_for_managers(), wire["kind"] == "assign");
            assert_eq!(serde_json::to_value(&action).unwrap(), wire);
        }
    }

    #[test]
    fn what_is_no_action_is_refused() {
        let (tag, list) = (TagId::from_uuid(Uuid::from_u128(7)), ListId::from_uuid(Uuid::from_u128(7)));
        for wire in [
            json!({ "kind": "add_tag", "tag_id": list }),
            json!({ "kind": "add_tag", "tag_id": tag, "status": "New" }),
            json!({ "kind": "add_tag" }),
            json!({ "kind": "delete", "tag_id": tag }),
            json!({ "kind": "erase" }),
            json!({ "status": "New" }),
        ] {
            assert!(serde_json::from_value::<Action>(wire.clone()).is_err(), "{wire}");
        }
    }

    #[test]
    fn a_status_is_one_line_of_text() {
        let tidy = |text: &str| Action::SetStatus { status: text.to_owned() }.tidy();
        assert_eq!(tidy(" Hot\nlead "), Ok(Action::SetStatus { status: "Hot lead".into() }));
        assert!(tidy(" \n ").is_err());
        assert!(tidy(&"x".repeat(MAX_VALUE)).is_ok());
        assert!(tidy(&"x".repeat(MAX_VALUE + 1)).is_err());
    }

    #[test]
    fn an_action_is_undone_once_and_for_thirty_days() {
        let over = Course { over_at: Some(1_000), changed: 3, ..Course::default() };
        for (course, now, expected, why) in [
            (Course { over_at: None, ..over }, 1_000, None, "it goes on"),
            (Course { changed: 0, ..over }, 1_000, None, "it changed nobody"),
            (over, 1_000, Some(UndoStatus::Possible), "it has just ended"),
            (over, 1_000 + UNDO_MS, Some(UndoStatus::Possible), "the last moment"),
            (over, 1_001 + UNDO_MS, Some(UndoStatus::Expired), "one later"),
            (Course { is_being_undone: true, ..over }, 1_001 + UNDO_MS, Some(UndoStatus::Running), "begun"),
            (Course { undone_at: Some(2_000), ..over }, 1_001 + UNDO_MS, Some(UndoStatus::Done), "done"),
            (
                Course { undone_at: Some(2_000), is_being_undone: true, ..over },
                3_000,
                Some(UndoStatus::Done),
                "done, and its job not yet",
            ),
        ] {
            assert_eq!(course.undo(now), expected, "{why}");
        }
    }
}
