//! What programs of others can be told of, when a delivery is tried again, and when an endpoint is given up.

/// The kinds that an endpoint can ask for, each with what has happened.
pub const KINDS: [(&str, &str); 22] = [
    ("message.sent", "A message left"),
    ("message.delivered", "A message arrived"),
    ("message.read", "A message was read, as its provider reports"),
    ("message.opened", "An e-mail was opened"),
    ("message.clicked", "A link in a message was followed"),
    ("message.failed", "A message could not be sent or delivered"),
    ("message.bounced", "An e-mail came back"),
    ("message.uncertain", "Nobody knows whether a message left"),
    ("message.received", "Somebody wrote to us"),
    ("conversation.done", "Somebody marked a conversation as done"),
    ("conversation.late", "An answer is later than the workspace wants"),
    ("conversation.reopened", "Somebody opened a conversation again"),
    ("contact.created", "A contact was added, by hand or by a program; imports tell when they end"),
    ("contact.merged", "Two contacts turned out to be one person, and one of them was folded into the other"),
    ("contact.unmerged", "A merge of two contacts was undone"),
    ("contact.suppressed", "An address must not be written to any more"),
    ("enrollment.completed", "Somebody reached the end of a campaign"),
    ("enrollment.exited", "Somebody left a campaign before its end"),
    ("campaign.started", "A campaign started, or goes on"),
    ("campaign.paused", "A campaign was paused"),
    ("campaign.completed", "A campaign is over"),
    ("import.completed", "An import ended"),
];

/// What a step of a campaign tells, to the endpoint that it names alone.
pub const STEP: &str = "campaign.step";

/// What the test of an endpoint sends.
pub const TEST: &str = "webhook.test";

/// The kind that a fact about a message is told as.
pub fn of_event(event: &str) -> Option<&'static str> {
    Some(match event {
        "sent" => "message.sent",
        "delivered" => "message.delivered",
        "read" => "message.read",
        "opened" => "message.opened",
        "clicked" => "message.clicked",
        "failed" => "message.failed",
        "bounced" => "message.bounced",
        "uncertain" => "message.uncertain",
        "received" => "message.received",
        _ => return None,
    })
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Waits between the tries of a delivery (Standard Webhooks); the first is made at once.
const WAITS: [i64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// An endpoint that has failed for so long is switched off, in milliseconds.
pub const GIVEN_UP_MS: i64 = 5 * 24 * HOUR;
/// Deliveries are kept for so long, in milliseconds.
pub const KEPT_MS: i64 = 30 * 24 * HOUR;
/// After a change of secret both sign for so long, in milliseconds.
pub const BOTH_SECRETS_MS: i64 = 24 * HOUR;

/// How long to wait after the `tries`th try failed; `None` when it was the last. `random` is from 0 to 1 and moves
/// the wait by a tenth at most, so that what failed together does not come back together.
pub fn wait_ms(tries: i64, random: f64) -> Option<i64> {
    let wait = *WAITS.get(usize::try_from(tries - 1).ok()?)?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 26 hours")]
    Some((wait as f64 * (0.9 + 0.2 * random.clamp(0.0, 1.0))) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_tried_ten_times_within_four_days() {
        let waits: Vec<i64> = (1..).map_while(|tries| wait_ms(tries, 0.5)).collect();
        assert_eq!(waits, WAITS);
        assert_eq!(waits.iter().sum::<i64>(), 75 * HOUR + 35 * MINUTE + 5 * SECOND);
        assert_eq!((wait_ms(1, 0.0), wait_ms(1, 1.0)), (Some(4_500), Some(5_500)));
        assert_eq!((wait_ms(10, 0.5), wait_ms(0, 0.5)), (None, None));
    }
}
