//! Two contacts that turned out to be one person: what the one that stays gets from the other, and which of two runs of
//! one campaign goes on.

/// A merge can be undone for so long, in milliseconds.
pub const UNDO_MS: i64 = 30 * 24 * 3_600_000;

/// Statuses are words of the workspace; these two mean something here.
const UNTOUCHED: &str = "No Activity";
const NEVER: &str = "Do Not Contact";

/// The status of who stays. That somebody must not be written to is true of the person; a contact with which nothing
/// has happened yet learns what happened with the other.
pub fn status<'a>(survivor: &'a str, other: &'a str) -> &'a str {
    if other == NEVER || survivor == UNTOUCHED { other } else { survivor }
}

/// How far a contact has come in a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// It is over for the person, and not just for one address of theirs.
    pub is_settled: bool,
    /// Messages that have left, or may have.
    pub left: i64,
    /// Messages that were written.
    pub written: i64,
}

impl Standing {
    /// Reads state and reason as they are stored.
    pub fn new(status: &str, reason: Option<&str>, left: i64, written: i64) -> Self {
        let is_settled = match status {
            "completed" => true,
            "exited" => matches!(reason, Some("replied" | "opted_out" | "finished" | "removed")),
            _ => false,
        };
        Self { is_settled, left, written }
    }
}

/// Whether the other's run of a campaign goes on in place of the survivor's: only where it has come further. So nobody is
/// written a step that they were sent before, at whichever of their addresses.
pub fn is_further(other: Standing, survivor: Standing) -> bool {
    other > survivor
}

/// Whose addresses say nothing about who employs somebody.
pub const FREE_MAILERS: [&str; 48] = [
    "126.com",
    "163.com",
    "aol.com",
    "bluewin.ch",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "online.no",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "seznam.cz",
    "t-online.de",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.ru",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_done_is_kept_and_what_nobody_knows_is_learnt() {
        for (survivor, other, expected) in [
            ("No Activity", "Messaged", "Messaged"),
            ("Messaged", "No Activity", "Messaged"),
            ("Messaged", "Declined", "Messaged"),
            ("Messaged", "Do Not Contact", "Do Not Contact"),
            ("Do Not Contact", "Messaged", "Do Not Contact"),
        ] {
            assert_eq!(status(survivor, other), expected, "{survivor} {other}");
        }
    }

    #[test]
    fn the_run_that_has_come_further_goes_on() {
        let running = |left, written| Standing::new("active", None, left, written);
        let ended = |reason| Standing::new("exited", Some(reason), 0, 0);
        let cases = [
            (running(0, 0), running(0, 0), false, "where they are equal the survivor's goes on"),
            (running(1, 1), running(0, 1), true, "one was sent, the other waits"),
            (running(0, 1), running(1, 1), false, "the survivor was sent it"),
            (running(0, 1), running(0, 0), true, "written is further than not written"),
            (ended("replied"), running(3, 3), true, "the person has answered"),
            (ended("removed"), running(3, 3), true, "a person took them out"),
            (ended("bounced"), running(0, 0), false, "an address was wrong, not the person"),
            (running(3, 3), ended("opted_out"), false, "the person has opted out"),
            (Standing::new("completed", None, 2, 2), running(1, 1), true, "it was gone through"),
        ];
        for (other, survivor, expected, why) in cases {
            assert_eq!(is_further(other, survivor), expected, "{why}");
        }
    }
}
