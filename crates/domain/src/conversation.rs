//! What becomes of two conversations that turn out to be one.

use crate::{Channel, limits};

/// Where a conversation stands in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To be answered.
    Open,
    /// Put away until an instant in milliseconds.
    Snoozed {
        /// When it comes back.
        until: i64,
        /// Whether an answer brings it back before.
        wakes: bool,
    },
    /// Done.
    Done,
}

impl Standing {
    /// Of the words and the instant that are stored.
    pub fn read(status: &str, until: Option<i64>, wakes: bool) -> Self {
        match (status, until) {
            ("done", _) => Self::Done,
            ("snoozed", Some(until)) => Self::Snoozed { until, wakes },
            _ => Self::Open,
        }
    }

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed { .. } => "snoozed",
            Self::Done => "done",
        }
    }

    /// Of both as one: nothing that waits for somebody is put out of sight by it.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Snoozed { until: a, wakes: x }, Self::Snoozed { until: b, wakes: y }) => {
                Self::Snoozed { until: a.min(b), wakes: x || y }
            }
            (rests @ Self::Snoozed { .. }, Self::Done) | (Self::Done, rests @ Self::Snoozed { .. }) => rests,
            (Self::Done, Self::Done) => Self::Done,
        }
    }
}

/// Whether it depends on what was said with one address how much may be written to it, and until when. Then the messages
/// with one address stay together, apart from those with another.
pub fn is_counted(channel: Channel) -> bool {
    let limits = limits::of(channel);
    limits.window_ms.is_some() || limits.unanswered.is_some()
}

#[cfg(test)]
mod tests {
    use super::{Standing::*, *};

    #[test]
    fn what_waits_for_somebody_stays_in_sight() {
        let rests = |until, wakes| Snoozed { until, wakes };
        for (one, other, expected) in [
            (Open, Done, Open),
            (Done, Open, Open),
            (rests(5, false), Open, Open),
            (rests(5, false), Done, rests(5, false)),
            (Done, rests(5, true), rests(5, true)),
            (rests(5, false), rests(9, true), rests(5, true)),
            (Done, Done, Done),
        ] {
            assert_eq!(one.with(other), expected, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn where_messages_are_counted_they_stay_together() {
        let counted: Vec<Channel> =
            Channel::ALL.iter().copied().filter(|channel| is_counted(*channel)).collect();
        assert_eq!(counted, [Channel::Whatsapp, Channel::Messenger, Channel::Tiktok]);
    }

    #[test]
    fn what_is_stored_is_read() {
        assert_eq!(Standing::read("snoozed", Some(7), true), Snoozed { until: 7, wakes: true });
        assert_eq!(Standing::read("snoozed", None, true), Open);
        assert_eq!(Standing::read("done", None, true).as_str(), "done");
    }
}
