//! What each channel allows: who may begin, for how long one may answer, how much fits in a message. One table, for
//! the guard that decides at the last moment and for the composer that says it beforehand.

use crate::Channel;
use serde::Serialize;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Who may write first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    /// We may.
    Us,
    /// We may with a text that the platform has approved.
    Template,
    /// Only the other side may.
    Contact,
}

/// What a channel allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Limits {
    /// Who may write first.
    pub starts: Starts,
    /// For how long after their last message anything may be written, in milliseconds; `None` is always.
    pub window_ms: Option<i64>,
    /// For how long a person, not a machine, may still answer, in milliseconds after their last message.
    pub person_window_ms: Option<i64>,
    /// Longest text, in characters.
    pub max_length: usize,
    /// Whether a long text goes out in parts that are counted and paid one by one.
    pub segments: bool,
    /// Most messages a minute that the platform takes from one sender, where it says so.
    pub per_minute: Option<i64>,
    /// Whether the platform tells that a message was read.
    pub tells_reading: bool,
    /// Most messages that may be written before they answer, where the platform counts them.
    pub unanswered: Option<i64>,
    /// Whether the law takes it for a call: it needs their consent, and reaches them in calling hours only.
    pub is_call: bool,
}

/// The table (anchors of the platforms' own rules: WhatsApp Cloud API, Messenger Platform, TikTok Business Messaging, Twilio,
/// Slybroadcast and the law that it is under).
pub const fn of(channel: Channel) -> Limits {
    const FREE: Limits = Limits {
        starts: Starts::Us,
        window_ms: None,
        person_window_ms: None,
        max_length: 100_000,
        segments: false,
        per_minute: None,
        tells_reading: false,
        unanswered: None,
        is_call: false,
    };
    match channel {
        Channel::Email => FREE,
        // Ten parts, as the carriers join them.
        Channel::Sms => Limits { max_length: 1_530, segments: true, ..FREE },
        // A recording of a minute and a half, as most boxes take. The FCC takes ringless voicemail for a call, and a
        // voice that a machine makes for one that needs consent (FCC 22-85, 47 CFR 64.1200).
        Channel::Voicemail => Limits { max_length: 1_500, is_call: true, ..FREE },
        Channel::Whatsapp => Limits {
            starts: Starts::Template,
            window_ms: Some(DAY),
            max_length: 4_096,
            per_minute: Some(4_800),
            tells_reading: true,
            ..FREE
        },
        Channel::Messenger => Limits {
            starts: Starts::Contact,
            window_ms: Some(DAY),
            person_window_ms: Some(7 * DAY),
            max_length: 2_000,
            per_minute: Some(2_400),
            tells_reading: true,
            ..FREE
        },
        Channel::Tiktok => Limits {
            starts: Starts::Contact,
            window_ms: Some(48 * HOUR),
            max_length: 6_000,
            tells_reading: true,
            unanswered: Some(10),
            ..FREE
        },
        // What an account's owner could type, and what Telegram lets pass (requirements.md T07).
        Channel::Telegram => Limits { max_length: 4_096, per_minute: Some(30), ..FREE },
    }
}

/// Most messages a day that Google takes from an account, by its address: those of people, and those of companies that
/// pay for it. Google's own numbers; it counts the last 24 hours, and a new account gets less.
pub fn gmail_a_day(address: &str) -> i64 {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if ["gmail.com", "googlemail.com"].iter().any(|free| domain.eq_ignore_ascii_case(free)) {
        500
    } else {
        2_000
    }
}

/// Whether a text may be written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The channel has none.
    Always,
    /// Everybody may write until then, in milliseconds since the epoch.
    Open(i64),
    /// Only a person may answer, until then.
    PersonOnly(i64),
    /// Nobody may: it closed then, or never opened where they never wrote.
    Closed(Option<i64>),
}

impl Window {
    /// Whether this message may leave: of a person or of a machine, as an approved template or as a text.
    pub fn lets(self, is_person: bool, is_template: bool) -> bool {
        match self {
            Window::Always | Window::Open(_) => true,
            Window::PersonOnly(_) => is_person || is_template,
            Window::Closed(_) => is_template,
        }
    }
}

/// The window of a channel after their last message; all instants are milliseconds since the epoch. The last
/// millisecond is still inside.
pub fn window(channel: Channel, last_inbound: Option<i64>, now: i64) -> Window {
    let limits = of(channel);
    let Some(open) = limits.window_ms else { return Window::Always };
    let Some(last) = last_inbound else { return Window::Closed(None) };
    let until = last.saturating_add(open);
    if now <= until {
        return Window::Open(until);
    }
    let until = last.saturating_add(limits.person_window_ms.unwrap_or(open));
    if now <= until { Window::PersonOnly(until) } else { Window::Closed(Some(until)) }
}

/// Why the window is closed and what opens it, for a person to read; `None` where they may write.
pub fn why_closed(channel: Channel, window: Window, is_person: bool) -> Option<String> {
    let name = channel.name();
    let limits = of(channel);
    if window.lets(is_person, false) {
        return None;
    }
    let hours = limits.window_ms.unwrap_or(0) / HOUR;
    let open = match (limits.person_window_ms, is_person) {
        (Some(person), true) => format!("{} days", person / DAY),
        _ => format!("{hours} hours"),
    };
    let what_then = match limits.starts {
        Starts::Template => "Send an approved template, or wait until they write again.",
        Starts::Us | Starts::Contact => "It opens again when they write.",
    };
    Some(match window {
        Window::Closed(None) => match limits.starts {
            Starts::Template => format!(
                "The window is closed: they have not written on {name} yet, and only an approved template may begin."
            ),
            Starts::Us | Starts::Contact => {
                format!("The window is closed: on {name} only they can begin, and they have not written yet.")
            }
        },
        _ => format!(
            "The window is closed: {name} lets us answer for {open} after their last message. {what_then}"
        ),
    })
}

/// Why nothing more may be written before they answer, for a person to read.
pub fn why_unanswered(channel: Channel, most: i64) -> String {
    let name = channel.name();
    format!(
        "{name} takes {most} messages at most before they answer, and they have not. It goes on when they write."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_their_last_millisecond() {
        use Channel::{Email, Messenger, Sms, Tiktok, Whatsapp};
        let last = 1_000;
        let cases = [
            (Email, None, 0, Window::Always),
            (Sms, Some(last), last + 90 * DAY, Window::Always),
            (Whatsapp, None, 0, Window::Closed(None)),
            (Whatsapp, Some(last), last + DAY - 1_000, Window::Open(last + DAY)),
            (Whatsapp, Some(last), last + DAY, Window::Open(last + DAY)),
            (Whatsapp, Some(last), last + DAY + 1, Window::Closed(Some(last + DAY))),
            (Messenger, Some(last), last + DAY, Window::Open(last + DAY)),
            (Messenger, Some(last), last + DAY + 1, Window::PersonOnly(last + 7 * DAY)),
            (Messenger, Some(last), last + 7 * DAY, Window::PersonOnly(last + 7 * DAY)),
            (Messenger, Some(last), last + 7 * DAY + 1, Window::Closed(Some(last + 7 * DAY))),
            (Tiktok, Some(last), last + 48 * HOUR, Window::Open(last + 48 * HOUR)),
            (Tiktok, Some(last), last + 48 * HOUR + 1, Window::Closed(Some(last + 48 * HOUR))),
            (Whatsapp, Some(i64::MAX), i64::MAX, Window::Open(i64::MAX)),
        ];
        for (channel, last, now, expected) in cases {
            assert_eq!(window(channel, last, now), expected, "{channel} {last:?} {now}");
        }
    }

    #[test]
    fn who_may_write_in_which_window() {
        for (window, person, template, expected) in [
            (Window::Always, false, false, true),
            (Window::Open(1), false, false, true),
            (Window::PersonOnly(1), true, false, true),
            (Window::PersonOnly(1), false, false, false),
            (Window::PersonOnly(1), false, true, true),
            (Window::Closed(None), true, false, false),
            (Window::Closed(Some(1)), false, true, true),
        ] {
            assert_eq!(window.lets(person, template), expected, "{window:?} {person} {template}");
        }
    }

    #[test]
    fn the_reason_says_what_opens_it() {
        let whatsapp = why_closed(Channel::Whatsapp, Window::Closed(Some(1)), true).unwrap();
        assert!(whatsapp.contains("24 hours") && whatsapp.contains("template"), "{whatsapp}");
        let never = why_closed(Channel::Messenger, Window::Closed(None), true).unwrap();
        assert!(never.contains("only they can begin"), "{never}");
        let machine = why_closed(Channel::Messenger, Window::PersonOnly(1), false).unwrap();
        assert!(machine.contains("24 hours"), "{machine}");
        let person = why_closed(Channel::Messenger, Window::Closed(Some(1)), true).unwrap();
        assert!(person.contains("7 days"), "{person}");
        assert_eq!(why_closed(Channel::Messenger, Window::PersonOnly(1), true), None);
        assert_eq!(why_closed(Channel::Email, Window::Always, false), None);
    }
}
