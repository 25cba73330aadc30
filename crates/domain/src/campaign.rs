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
