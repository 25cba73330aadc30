//! What was said in a conversation, told as who waited for whom: which answers were given, and which is owed.

use crate::ids::MessageId;

/// Something that was said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When, in milliseconds: of a message that came, when it did; of an answer, when it was written.
    pub at: i64,
    /// What.
    pub what: What,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A person wrote to us.
    Came(Came),
    /// They want to hear nothing more: no answer is owed.
    OptedOut,
    /// One of us answered.
    Answered {
        /// When the answer left.
        sent_at: i64,
        /// Who wrote it, or said yes to it.
        by: Option<String>,
    },
}

/// A message of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Came {
    /// The message.
    pub id: MessageId,
    /// They are interested.
    pub is_hot: bool,
    /// When somebody put it away without an answer, by closing its conversation or letting it rest; null where it
    /// waits.
    pub set_aside_at: Option<i64>,
    /// When it came back after it had rested: its time counts from then on.
    pub woke_at: Option<i64>,
}

/// An answer that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The oldest message that nobody has answered.
    pub message: MessageId,
    /// When it came.
    pub since: i64,
    /// From when on its time counts.
    pub from: i64,
    /// From when on the time counts of the first message that says that they are interested.
    pub hot_from: Option<i64>,
    /// Nobody has answered in this conversation before.
    pub is_first: bool,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What was owed.
    pub owed: Owed,
    /// When the answer left.
    pub at: i64,
    /// Who wrote it, or said yes to it.
    pub by: Option<String>,
}

/// Who waited for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// The answers that were given, oldest first.
    pub answered: Vec<Answered>,
    /// The one that is owed.
    pub owed: Option<Owed>,
}

/// Tells it. An answer is to all that came before it was written, whenever it left. `is_whole` says that nothing
/// older was left out.
pub fn tell(mut said: Vec<Said>, is_whole: bool) -> Story {
    // Of one instant: what came, then who answered it.
    said.sort_by(|one, other| (one.at, &one.what).cmp(&(other.at, &other.what)));
    let mut story = Story::default();
    let mut waits: Vec<(i64, Came)> = Vec::new();
    let mut is_first = is_whole;
    for Said { at, what } in said {
        match what {
            What::Came(came) => waits.push((at, came)),
            What::OptedOut => waits.clear(),
            What::Answered { sent_at, by } => {
                // Who answers and then closes the conversation has answered.
                waits.retain(|(_, came)| came.set_aside_at.is_none_or(|aside| aside >= at));
                let owed = owed(&waits, is_first);
                story.answered.extend(owed.map(|owed| Answered { owed, at: sent_at, by }));
                waits.clear();
                is_first = false;
            }
        }
    }
    waits.retain(|(_, came)| came.set_aside_at.is_none());
    story.owed = owed(&waits, is_first);
    story
}

fn owed(waits: &[(i64, Came)], is_first: bool) -> Option<Owed> {
    let from = |at: i64, came: &Came| came.woke_at.unwrap_or(at).max(at);
    let (since, oldest) = waits.first()?;
    Some(Owed {
        message: oldest.id.clone(),
        since: *since,
        from: waits.iter().map(|(at, came)| from(*at, came)).min()?,
        hot_from: waits.iter().filter(|(_, came)| came.is_hot).map(|(at, came)| from(*at, came)).min(),
        is_first,
    })
}
