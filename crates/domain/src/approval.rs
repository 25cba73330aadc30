//! Whether a person looks over the messages of a campaign before they leave.

use crate::{Channel, text::words};

words! {
    /// What a campaign asks of people before its messages leave.
    pub enum Approval {
        /// Nothing: they leave by themselves.
        None = "none",
        /// Somebody looks over the first message to each person; what follows leaves by itself.
        First = "first",
        /// Somebody looks over each message.
        All = "all",
    }
}

words! {
    /// What a step says about its own message, whatever its campaign says.
    pub enum StepApproval {
        /// Somebody looks it over.
        Ask = "ask",
        /// It leaves by itself.
        Send = "send",
    }
}

impl Approval {
    /// Whether somebody is asked about a message. The step has the last word; without one, what leaves from the own
    /// account of a member (Telegram) is always looked over.
    pub fn asks(self, step: Option<StepApproval>, channel: Channel, is_first: bool) -> bool {
        match (step, self) {
            (Some(step), _) => step == StepApproval::Ask,
            (None, _) if channel == Channel::Telegram => true,
            (None, Approval::None) => false,
            (None, Approval::First) => is_first,
            (None, Approval::All) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_has_the_last_word_and_telegram_is_looked_over() {
        use {Approval as A, StepApproval as S};
        let cases = [
            (A::None, None, Channel::Email, true, false),
            (A::First, None, Channel::Email, true, true),
            (A::First, None, Channel::Email, false, false),
            (A::All, None, Channel::Email, false, true),
            (A::None, Some(S::Ask), Channel::Email, false, true),
            (A::All, Some(S::Send), Channel::Email, true, false),
            (A::None, None, Channel::Telegram, false, true),
            (A::All, Some(S::Send), Channel::Telegram, true, false),
        ];
        for (campaign, step, channel, is_first, asks) in cases {
            let what = format!("{campaign} {step:?} {channel} {is_first}");
            assert_eq!(campaign.asks(step, channel, is_first), asks, "{what}");
        }
    }
}
