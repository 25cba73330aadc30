//! Consent: that somebody agreed to be written to on a channel, or took it back. What was said last holds.
//!
//! It is not the suppression list: who is on that is not written to whatever they agreed to, and who never agreed to
//! anything may be written to where the workspace does not ask for it.

use crate::{Channel, limits, text::words};

/// Most characters of where a consent comes from.
pub const MAX_SOURCE: usize = 200;
/// Most characters of its proof.
pub const MAX_PROOF: usize = 2_000;
/// Most records that are kept of one contact.
pub const MAX: i64 = 500;

words! {
    /// What somebody said.
    pub enum ConsentState {
        /// They agreed.
        Given = "given",
        /// They took it back.
        Withdrawn = "withdrawn",
    }
}

/// Whether what was said last still allows to write: it was given, and has not run out.
pub fn holds(state: ConsentState, expires_at: Option<i64>, now: i64) -> bool {
    state == ConsentState::Given && expires_at.is_none_or(|at| at > now)
}

/// Whether a message needs consent: a campaign's does, on the channels for which the workspace asks for it, and whatever
/// the law takes for a call does, whoever writes it. What else a person writes to another is theirs to answer for.
pub fn is_needed(asked_for: &[Channel], channel: Channel, is_of_campaign: bool) -> bool {
    limits::of(channel).is_call || is_of_campaign && asked_for.contains(&channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_holds_while_it_is_given_and_has_not_run_out() {
        let table = [
            (ConsentState::Given, None, true),
            (ConsentState::Given, Some(101), true),
            (ConsentState::Given, Some(100), false),
            (ConsentState::Withdrawn, None, false),
            (ConsentState::Withdrawn, Some(101), false),
        ];
        for (state, expires, expected) in table {
            assert_eq!(holds(state, expires, 100), expected, "{state} {expires:?}");
        }
    }

    #[test]
    fn campaigns_need_it_where_the_workspace_asks_for_it() {
        let asked_for = [Channel::Sms, Channel::Whatsapp];
        for channel in Channel::ALL.iter().filter(|channel| **channel != Channel::Voicemail) {
            assert_eq!(is_needed(&asked_for, *channel, true), asked_for.contains(channel));
            assert!(!is_needed(&asked_for, *channel, false) && !is_needed(&[], *channel, true));
        }
    }

    #[test]
    fn what_counts_as_a_call_needs_it_whoever_writes_and_whatever_is_asked_for() {
        assert!(is_needed(&[], Channel::Voicemail, false) && is_needed(&[], Channel::Voicemail, true));
    }
}
