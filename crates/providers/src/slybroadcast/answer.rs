//! Slybroadcast's answers: always HTTP 200, and on the first line whether it took what it was asked.

use crate::{Class, Fail, text::visible_line};

/// An answer, as far as it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Taken, under this session.
    Taken(Option<String>),
    /// Not taken, for this reason.
    Refused(String),
}

impl Answer {
    /// `None` for whatever does not begin like one of its answers.
    pub(super) fn read(body: &[u8]) -> Option<Answer> {
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next()?;
        if first.eq_ignore_ascii_case("OK") {
            return Some(Answer::Taken(lines.find_map(session)));
        }
        let (word, rest) = first.split_at_checked(5).unwrap_or((first, ""));
        if !word.eq_ignore_ascii_case("ERROR") || rest.starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        let mut said = vec![rest.trim_start_matches([':', ' '])];
        said.extend(lines);
        Some(Answer::Refused(visible_line(&said.join(" "))))
    }
}

/// `session_id=9123456789`, `Session ID = 9123456789`.
fn session(line: &str) -> Option<String> {
    let (name, value) = line.split_once(['=', ':'])?;
    let digits = value.trim();
    let is_number = (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (name.to_ascii_lowercase().contains("session") && is_number).then(|| digits.to_owned())
}

/// What is left, of `remaining messages=42`.
pub(super) fn remaining(body: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(body);
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.to_ascii_lowercase().contains("remaining").then(|| value.trim().parse().ok())?
    })
}

/// What the text of a refusal means. Whatever it says, nothing was sent.
pub fn class_of(said: &str) -> Class {
    let said = said.to_ascii_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match () {
        () if names(&["c_uid", "c_password", "password", "login"]) => Class::Reauth,
        () if names(&["c_callerid", "caller id"]) => Class::Config,
        () if names(&["insufficient", "not enough", "no remaining", "balance", "credit"]) => Class::Config,
        () if names(&["c_phone"]) => Class::BadRecipient,
        () => Class::Permanent,
    }
}

/// The refusal as a failure. Its words are Slybroadcast's only where they cannot hold a number or a password.
pub(super) fn refusal(said: &str) -> Fail {
    let class = class_of(said);
    let lower = said.to_ascii_lowercase();
    let message = match class {
        Class::Reauth => {
            "Slybroadcast refused the login: user or password is wrong. Nothing was sent; correct the account."
        }
        Class::Config if lower.contains("caller") => {
            "Slybroadcast does not take this caller ID. Nothing was sent; check the number of the sender."
        }
        Class::Config => {
            "Slybroadcast has no messages left for this account. Nothing was sent; buy some, and test the sender."
        }
        Class::BadRecipient => "Slybroadcast cannot drop a voicemail to this number. Nothing was sent.",
        _ if lower.contains("audio") => {
            "Slybroadcast could not fetch the recording: the public address of this installation has to be reachable from outside. Nothing was sent."
        }
        _ => "Slybroadcast refused the voicemail. Nothing was sent.",
    };
    // The name of a field, as in `c_uid: required`, and nothing that was in it.
    let code = said.split([':', ',']).next().map(str::trim).filter(|word| {
        (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic() || b"_ ".contains(&b))
    });
    let fail = Fail::new(class, message);
    match code {
        Some(code) => fail.with_code(code),
        None => fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whatever_their_labels_are() {
        let taken = |session: &str| Some(Answer::Taken(Some(session.to_owned())));
        let refused = |said: &str| Some(Answer::Refused(said.to_owned()));
        let cases = [
            ("OK\nsession_id=9123456789\nnumber of phone=1", taken("9123456789")),
            ("ok\r\nSession ID = 42\r\n", taken("42")),
            ("\n OK \n\nSession ID:42", taken("42")),
            ("OK", Some(Answer::Taken(None))),
            ("OK\nsession_id=", Some(Answer::Taken(None))),
            ("OK\nsession_id=42; drop table", Some(Answer::Taken(None))),
            ("ERROR\nc_uid: required", refused("c_uid: required")),
            ("Error: Bad Audio, can't download", refused("Bad Audio, can't download")),
            ("ERROR", refused("")),
            ("ERRORS ARE HUMAN", None),
            ("<html>OK</html>", None),
            ("", None),
            ("\u{0}\u{1}é", None),
        ];
        for (body, expected) in cases {
            assert_eq!(Answer::read(body.as_bytes()), expected, "{body:?}");
        }
        assert_eq!(Answer::read(&[0xff, 0xfe, 0x80]), None);
    }

    #[test]
    fn what_is_left() {
        for (body, expected) in [
            ("remaining messages=12\npending messages=3", Some(12)),
            ("Remaining Messages = 0", Some(0)),
            ("OK", None),
            ("remaining messages=many", None),
        ] {
            assert_eq!(remaining(body.as_bytes()), expected, "{body:?}");
        }
    }
}
