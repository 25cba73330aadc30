//! What became of the people of a job, counted with the reasons.

use crate::loops::steps::Came;
use domain::guard::Reason;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most different reasons that are told apart; what is more is counted together.
const REASONS: usize = 30;

/// Counts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Messages that were written and wait to leave.
    queued: i64,
    /// Messages that were written and wait for somebody to look them over.
    to_review: i64,
    /// People who had a message on the channel under way already.
    already: i64,
    /// People who cannot be written to as they are.
    held: Vec<Told>,
    /// People who got no message, since they were not due for one on this channel.
    skipped: Vec<Told>,
    /// Of the messages that wait to leave: why they cannot at once.
    waiting: Vec<Told>,
}

/// How many people a reason holds for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Told {
    code: String,
    text: String,
    people: i64,
}

impl Tally {
    /// Counts somebody whose step was taken.
    pub(super) fn came(&mut self, came: &Came) {
        match came {
            Came::Queued => self.queued += 1,
            Came::ToReview => self.to_review += 1,
            Came::Held(code, text) => add(&mut self.held, code.as_deref().unwrap_or("held"), text, 1),
            Came::Passed(code, text) => {
                let text = if text.is_empty() { "They went on without a message" } else { text };
                add(&mut self.skipped, code.as_deref().unwrap_or("went_on"), text, 1);
            }
            Came::Elsewhere => self.skip("other_step", "What comes next for them is another kind of step"),
        }
    }

    /// Counts somebody whose message is under way already.
    pub(super) fn already(&mut self) {
        self.already += 1;
    }

    /// Counts somebody who is passed over.
    pub(super) fn skip(&mut self, code: &str, text: &str) {
        self.skip_many(code, text, 1);
    }

    /// Counts many.
    pub(super) fn skip_many(&mut self, code: &str, text: &str, people: i64) {
        add(&mut self.skipped, code, text, people);
    }

    /// Counts a message that cannot leave at once.
    pub(super) fn waits(&mut self, reason: &Reason) {
        add(&mut self.waiting, reason.code, &reason.text, 1);
    }

    /// As people see it.
    pub(super) fn result(&self, campaign: &domain::ids::CampaignId, channel: domain::Channel) -> Value {
        let Tally { queued, to_review, already, held, skipped, waiting } = self;
        json!({
            "campaign_id": campaign, "channel": channel, "queued": queued, "to_review": to_review, "already": already,
            "held": held, "skipped": skipped, "waiting": waiting,
        })
    }
}

fn add(all: &mut Vec<Told>, code: &str, text: &str, people: i64) {
    if people <= 0 {
        return;
    }
    let is_it = |told: &&mut Told| told.code == code && told.text == text;
    if let Some(told) = all.iter_mut().find(is_it) {
        told.people += people;
    } else if all.len() < REASONS {
        all.push(Told { code: code.to_owned(), text: text.to_owned(), people });
    } else if let Some(rest) = all.last_mut() {
        (rest.code, rest.text) = ("other".to_owned(), "Other reasons; the People tab has each".to_owned());
        rest.people += people;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tally_grows_without_end_and_nobody_is_lost() {
        let mut tally = Tally::default();
        for n in 0..100 {
            tally.skip(&format!("code{n}"), "text");
        }
        tally.skip_many("nobody", "text", 0);
        assert_eq!(tally.skipped.len(), REASONS);
        assert_eq!(tally.skipped.iter().map(|told| told.people).sum::<i64>(), 100);
    }
}
