//! How far a mailbox has been read, as it is stored.

use std::{fmt, str::FromStr};

/// `h:<history id>[/<mail>][&<page token>]` or `b:<after>:<history id>[/<mail>][&<page token>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// What is being read.
    pub(super) at: At,
    /// The last mail that was read of the page that comes next. Its id and not its place: what is deleted meanwhile moves
    /// the others up.
    pub(super) done: Option<String>,
    /// The page that comes next; the first where there is none.
    pub(super) page: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// What changed after this point of the history.
    History(u64),
    /// Everything after a date (seconds since the epoch), since Gmail does not remember that far back; then what changed
    /// after this point of the history.
    Date { after: i64, then: u64 },
}

impl Cursor {
    pub(super) fn after(history: u64) -> Self {
        Self { at: At::History(history), done: None, page: None }
    }

    pub(super) fn since(after: i64, then: u64) -> Self {
        Self { at: At::Date { after, then }, done: None, page: None }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            At::History(id) => write!(f, "h:{id}")?,
            At::Date { after, then } => write!(f, "b:{after}:{then}")?,
        }
        self.done.iter().try_for_each(|mail| write!(f, "/{mail}"))?;
        self.page.iter().try_for_each(|page| write!(f, "&{page}"))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (text, page) = match text.split_once('&') {
            Some((text, page)) => (text, Some(page.to_owned())),
            None => (text, None),
        };
        let (text, done) = match text.split_once('/') {
            Some((text, mail)) => (text, Some(mail.to_owned())),
            None => (text, None),
        };
        let at = match text.split_once(':').ok_or(())? {
            ("h", id) => At::History(id.parse().map_err(drop)?),
            ("b", rest) => {
                let (after, then) = rest.split_once(':').ok_or(())?;
                At::Date { after: after.parse().map_err(drop)?, then: then.parse().map_err(drop)? }
            }
            _ => return Err(()),
        };
        Ok(Self { at, done, page })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        for text in
            ["h:1", "h:18446744073709551615/3", "h:7&tok/en&x", "b:17:9", "b:17:9/18c2f", "b:17:9/1&p:1"]
        {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for text in ["", "h", "h:", "h:-1", "1:2", "b:1", "b:1:x"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
