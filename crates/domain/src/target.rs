//! People and accounts that a rep means to research before anybody writes to them.

use crate::{
    AddressKind,
    address::{self, Address},
    text::words,
};

/// Longest name, company or handle, in characters.
pub const MAX_VALUE: usize = 200;
/// Longest note, in characters.
pub const MAX_NOTES: usize = 10_000;

words! {
    /// How far the research is.
    pub enum State {
        /// On the list.
        ToResearch = "to_research",
        /// Being looked into.
        Researching = "researching",
        /// Enough is known to write to them.
        Ready = "ready",
        /// A contact now.
        Approached = "approached",
        /// Not worth it.
        Dropped = "dropped",
    }
}

impl State {
    /// Whether a member may set it: a target is approached by becoming a contact.
    pub fn is_by_hand(self) -> bool {
        self != State::Approached
    }
}

/// The last part of an address of a profile, or the text itself.
fn last_part<'a>(text: &'a str, hosts: &[&str]) -> &'a str {
    let text = text.trim();
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    let after = |host: &&str| {
        let head = bare.get(..host.len())?;
        let rest = bare.get(host.len()..)?.strip_prefix('/')?;
        head.eq_ignore_ascii_case(host).then_some(rest)
    };
    hosts.iter().find_map(after).map_or(text, |rest| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// Reads a name on Telegram, with or without `@`, or the address of it: `https://t.me/ann`. An error says what would do.
pub fn telegram(text: &str) -> Result<Address, &'static str> {
    let name = last_part(text, &["t.me", "telegram.me"]);
    // No country is needed for a name.
    address::read(AddressKind::Telegram, name, "").map_err(|_| "Write a name on Telegram such as @ann_lee")
}

/// Reads a name on X, with or without `@`, or the address of it: `https://x.com/ann`. Without the `@`. An error says what
/// would do.
pub fn x(text: &str) -> Result<String, &'static str> {
    let name = last_part(text, &["x.com", "twitter.com", "mobile.twitter.com"]);
    let name = name.strip_prefix('@').unwrap_or(name);
    let fits = (1..=15).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits { Ok(name.to_owned()) } else { Err("Write a name on X such as @ann_lee") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_read_however_they_are_pasted() {
        for (text, expected) in [
            (" @Ann_Lee ", Some("@Ann_Lee")),
            ("https://t.me/Ann_Lee", Some("Ann_Lee")),
            ("t.me/ann?start=1", Some("ann")),
            ("https://example.com/ann", None),
            ("", None),
            ("ann lee", None),
        ] {
            assert_eq!(telegram(text).ok().map(|address| address.value).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("@Ann_Lee", Some("Ann_Lee")),
            ("https://X.com/ann/status/1", Some("ann")),
            ("www.twitter.com/ann", Some("ann")),
            ("a_name_of_sixteen", None),
            ("ann.lee", None),
            ("https://t.me/ann", None),
            ("ä", None),
        ] {
            assert_eq!(x(text).ok().as_deref(), expected, "{text}");
        }
    }
}
