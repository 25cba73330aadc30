//! The states of a campaign and of an enrollment.

use crate::text::words;

words! {
    /// Where a campaign stands.
    pub enum CampaignStatus {
        /// Being prepared.
        Draft = "draft",
        /// Starts by itself at a given time.
        Scheduled = "scheduled",
        /// Running.
        Active = "active",
        /// Stopped by a person or a rule; resumes where it was.
        Paused = "paused",
        /// Every enrollment has ended.
        Completed = "completed",
        /// Put away.
        Archived = "archived",
    }
}

words! {
    /// Where a contact stands in a campaign.
    pub enum EnrollmentStatus {
        /// A node is to be evaluated when it is due.
        Active = "active",
        /// A message was written; the next node is due once it has left.
        Waiting = "waiting",
        /// Held, with the reason beside it.
        Paused = "paused",
        /// Reached an exit.
        Completed = "completed",
        /// Left early: replied, opted out, bounced.
        Exited = "exited",
        /// Cannot go on; the error says why.
        Failed = "failed",
    }
}

impl EnrollmentStatus {
    /// The person is done with this campaign.
    pub const fn is_over(self) -> bool {
        matches!(self, EnrollmentStatus::Completed | EnrollmentStatus::Exited | EnrollmentStatus::Failed)
    }
}

words! {
    /// Why an enrollment ended early or is held.
    pub enum ExitReason {
        /// The contact answered.
        Replied = "replied",
        /// The contact does not want to hear from us.
        OptedOut = "opted_out",
        /// The address does not work.
        Bounced = "bounced",
        /// Somebody else of the same company answered.
        ColleagueReplied = "colleague_replied",
        /// Another campaign that runs has written to them.
        InAnother = "in_another",
        /// Somebody said no to a message that was to be looked over.
        Rejected = "rejected",
        /// Waits until what another campaign wrote to them is long enough ago.
        Crowded = "crowded",
        /// Reached an exit node.
        Finished = "finished",
        /// A person took them out.
        Removed = "removed",
        /// The contact has no address on the channel of the node.
        NoAddress = "no_address",
        /// A merge tag has no value and no fallback.
        MissingValue = "missing_value",
        /// The workspace asks for consent on the channel, and the contact has not agreed.
        NoConsent = "no_consent",
        /// A message of this enrollment could not be sent.
        SendFailed = "send_failed",
    }
}

/// How many messages of a campaign come back. Providers judge a sender by that: past a few in a hundred, what it writes
/// to anybody goes to spam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Messages that left since it last began to run.
    pub sent: i64,
    /// Messages that came back since then, or were refused because there is no such address.
    pub bounces: i64,
}

impl Health {
    /// Fewer messages than this say nothing.
    pub const FLOOR: i64 = 50;
    /// Most of a hundred that may come back.
    pub const MOST_PERCENT: i64 = 5;

    /// Whether it is looked at after so many bounces: always while there are few, then about every sixteenth more,
    /// because counting what was sent takes longer the more it is.
    pub const fn is_looked_at(bounces: i64) -> bool {
        bounces < 32 || bounces % (1 << (bounces / 16).ilog2()) == 0
    }

    /// Why the campaign must not go on as it is; `None` while it may.
    pub fn problem(&self) -> Option<String> {
        // A message that was refused at the door was never sent.
        let tried = self.sent.max(0).saturating_add(self.bounces);
        let is_too_many = tried >= Self::FLOOR && self.bounces * 100 > Self::MOST_PERCENT * tried;
        is_too_many.then(|| {
            format!(
                "Paused by itself: {} of about {tried} messages came back because the address does not work. More than {} in a hundred make providers distrust your senders. Check where the addresses come from, take out what is old, then resume",
                self.bounces,
                Self::MOST_PERCENT
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Health;

    #[test]
    fn a_few_bounces_of_few_messages_say_nothing() {
        for (sent, bounces, is_problem) in [
            (0, 0, false),
            (20, 20, false),
            (0, 49, false),
            (0, 50, true),
            (100, 5, false),
            (100, 6, true),
            (-3, 60, true),
        ] {
            assert_eq!(Health { sent, bounces }.problem().is_some(), is_problem, "{sent} {bounces}");
        }
    }

    #[test]
    fn many_bounces_are_looked_at_now_and_then() {
        let looked = (1..=5_000).filter(|n| Health::is_looked_at(*n)).count();
        assert!((40..400).contains(&looked), "{looked}");
        assert!((1..32).all(Health::is_looked_at));
        assert!((32..5_000).all(|n| (n..n + n / 8).any(Health::is_looked_at)), "never long not at all");
    }
}
