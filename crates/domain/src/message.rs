//! The life of a message. An outbound one moves only along [`Status::after`]; the write that persists
//! a move is a compare-and-set on the old status.

use crate::text::words;

words! {
    /// Which way a message went.
    pub enum Direction {
        /// To us.
        In = "in",
        /// From us.
        Out = "out",
    }
}

words! {
    /// Where a message stands.
    pub enum Status {
        /// Written, not approved.
        Draft = "draft",
        /// A person (or policy) said yes.
        Approved = "approved",
        /// A person said no.
        Rejected = "rejected",
        /// Waiting for its sender.
        Queued = "queued",
        /// The intent is committed; the provider may be hearing it now.
        Sending = "sending",
        /// The provider took it.
        Sent = "sent",
        /// The provider says that it arrived.
        Delivered = "delivered",
        /// The provider says that it was read.
        Read = "read",
        /// Definitely not sent.
        Failed = "failed",
        /// May have been sent: waits for proof or for a person.
        Uncertain = "uncertain",
        /// Withdrawn before it was sent.
        Cancelled = "cancelled",
        /// The address must not be written to.
        Suppressed = "suppressed",
        /// Came due too late to be worth sending.
        Expired = "expired",
        /// An inbound message.
        Received = "received",
    }
}

words! {
    /// What may be done when nobody knows whether a message left (reliability.md section 2.7).
    pub enum Policy {
        /// Never a second attempt without proof that the first did not happen.
        AtMostOnce = "at_most_once",
        /// A second copy is the smaller evil: password resets, invitations.
        AtLeastOnce = "at_least_once",
    }
}

/// A text that a platform has approved, by its name there, with the values that belong into it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovedTemplate {
    /// Name at the platform: small letters, digits and underscores.
    #[schemars(regex(pattern = "^[a-z0-9_]{1,512}$"))]
    pub name: String,
    /// Language of it, as the platform spells it: `en_US`.
    #[schemars(regex(pattern = "^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$"))]
    pub language: String,
    /// The values of its places, in their order.
    #[serde(default)]
    pub values: Vec<String>,
    /// Where each of them belongs, as the platform tells it; the places of the text where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    pub places: Vec<Place>,
}

/// The parts of a template that have places for values, in the order in which the values are given.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlacePart {
    /// The line above the text.
    Header,
    /// The text.
    Body,
    /// The link of a button.
    Button,
}

/// A place for a value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Place {
    /// Where.
    pub part: PlacePart,
    /// Which button it is, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<u8>,
    /// What the platform calls it, where it has a name and no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ApprovedTemplate {
    /// What is wrong with it, for a person; `None` when a platform could take it.
    pub fn wrong(&self) -> Option<&'static str> {
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let language = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        if self.name.is_empty() || self.name.len() > 512 || !self.name.bytes().all(name) {
            return Some("The name of a template has small letters, digits and underscores only");
        }
        if !(2..=8).contains(&self.language.len()) || !self.language.bytes().all(language) {
            return Some("The language of a template looks like en_US");
        }
        let is_value = |v: &String| !v.trim().is_empty() && v.chars().count() <= 1_024;
        if self.values.len() > 30 || !self.values.iter().all(is_value) {
            return Some("A template has at most 30 values of 1 to 1,024 characters each");
        }
        None
    }
}

/// What happened to an outbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Approved by a person or a policy.
    Approve,
    /// Rejected by a person.
    Reject,
    /// Taken back before anybody was handed it: an approval, or a rejection.
    Reopen,
    /// Handed to its sender.
    Queue,
    /// Claimed, all guards passed, intent committed.
    Claim,
    /// Given back before a byte left: the claim was too old, or a stop came.
    GiveBack,
    /// Definitely taken by the provider.
    Sent,
    /// Definitely not sent, and not to be tried again.
    Fail,
    /// Definitely not sent, to be tried again later.
    Retry,
    /// Neither a definite yes nor a definite no, or the owner died in between.
    Doubt,
    /// The provider proved that it never had it, or a person says send again.
    ProvenAbsent,
    /// The provider reports delivery.
    Delivered,
    /// The provider reports that it was read.
    Read,
    /// The provider reports that it did not arrive.
    Undelivered,
    /// Withdrawn.
    Cancel,
    /// The address is suppressed.
    Suppress,
    /// Too late.
    Expire,
}

impl Event {
    /// Every event, for tables and tests.
    pub const ALL: &'static [Event] = &[
        Event::Approve,
        Event::Reject,
        Event::Reopen,
        Event::Queue,
        Event::Claim,
        Event::GiveBack,
        Event::Sent,
        Event::Fail,
        Event::Retry,
        Event::Doubt,
        Event::ProvenAbsent,
        Event::Delivered,
        Event::Read,
        Event::Undelivered,
        Event::Cancel,
        Event::Suppress,
        Event::Expire,
    ];
}

/// The event makes no sense in this state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message that is {from} cannot take {event:?}")]
pub struct TransitionError {
    /// The state it is in.
    pub from: Status,
    /// What was asked of it.
    pub event: Event,
}

impl Status {
    /// The state after an event, or why there is none. Late evidence of sending wins over every state
    /// that still hoped to send (reliability.md section 2.8).
    pub fn after(self, event: Event) -> Result<Status, TransitionError> {
        use Event as E;
        use Status as S;
        Ok(match (self, event) {
            (S::Draft | S::Failed, E::Approve) => S::Approved,
            (S::Draft, E::Reject) => S::Rejected,
            (S::Approved | S::Rejected, E::Reopen) => S::Draft,
            (S::Approved, E::Queue) => S::Queued,
            (S::Queued, E::Claim) => S::Sending,
            (S::Sending, E::GiveBack | E::Retry) => S::Queued,
            (S::Sending | S::Uncertain | S::Queued | S::Failed | S::Approved | S::Draft, E::Sent) => S::Sent,
            (S::Sending | S::Queued | S::Uncertain, E::Fail) => S::Failed,
            (S::Sending, E::Doubt) => S::Uncertain,
            (S::Uncertain, E::ProvenAbsent) => S::Queued,
            (S::Sending | S::Uncertain | S::Queued | S::Sent | S::Failed, E::Delivered) => S::Delivered,
            (S::Sending | S::Uncertain | S::Queued | S::Sent | S::Delivered | S::Failed, E::Read) => S::Read,
            (S::Sending | S::Uncertain | S::Sent, E::Undelivered) => S::Failed,
            (S::Draft | S::Approved | S::Queued | S::Uncertain, E::Cancel) => S::Cancelled,
            (S::Draft | S::Approved | S::Queued, E::Suppress) => S::Suppressed,
            (S::Approved | S::Queued, E::Expire) => S::Expired,
            // The same news again, or older news than we have, changes nothing.
            (S::Sent | S::Delivered | S::Read, E::Sent) => self,
            (S::Delivered | S::Read, E::Delivered) => self,
            (S::Read, E::Read) => self,
            (from, event) => return Err(TransitionError { from, event }),
        })
    }

    /// Nothing moves a message out of this state by itself.
    pub const fn is_settled(self) -> bool {
        !matches!(
            self,
            Status::Draft | Status::Approved | Status::Queued | Status::Sending | Status::Uncertain
        )
    }

    /// The provider has it.
    pub const fn has_left(self) -> bool {
        matches!(self, Status::Sent | Status::Delivered | Status::Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for from in Status::ALL {
            for event in Event::ALL {
                if let Ok(to) = from.after(*event) {
                    table += &format!("{from} + {event:?} -> {to}\n");
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn nothing_leads_from_doubt_to_a_second_attempt_but_proof() {
        for event in Event::ALL {
            let next = Status::Uncertain.after(*event);
            if *event != Event::ProvenAbsent {
                assert!(
                    !matches!(next, Ok(Status::Queued | Status::Sending | Status::Approved)),
                    "{event:?}"
                );
            }
        }
    }

    #[test]
    fn sending_is_reached_only_from_queued() {
        for from in Status::ALL {
            assert_eq!(from.after(Event::Claim).is_ok(), *from == Status::Queued);
        }
    }
}
