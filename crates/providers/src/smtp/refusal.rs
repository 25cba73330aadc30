//! What a trouble at a stage of the dialogue means for the message. The table is `smtp` of
//! `error_classes.json`: the enhanced code (RFC 3463) wins over the basic one.

use super::line::{Reply, Trouble};
use crate::{Class, Fail};

/// How far the dialogue had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Name lookup and TCP.
    Connect,
    /// The server's first word.
    Greeting,
    /// `EHLO`.
    Hello,
    /// `STARTTLS` and the handshake.
    Tls,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The content, before its final dot.
    Content,
    /// After the final dot.
    Dot,
}

impl Stage {
    const fn doing(self) -> &'static str {
        match self {
            Stage::Connect => "when we connected",
            Stage::Greeting => "instead of a greeting",
            Stage::Hello => "when we introduced ourselves",
            Stage::Tls => "when we turned encryption on",
            Stage::Auth => "when we logged in",
            Stage::Mail => "when we named the sender address",
            Stage::Rcpt => "when we named the recipient",
            Stage::Data | Stage::Content => "before the content was complete",
            Stage::Dot => "after the content",
        }
    }
}

const MINUTE: i64 = 60_000;

/// The failure that the caller sees.
pub(super) fn explain(stage: Stage, trouble: &Trouble) -> Fail {
    match trouble {
        Trouble::Refused(reply) if matches!(reply.code, 400..=599) => refused(stage, reply),
        _ if stage == Stage::Dot => Fail::new(
            Class::Unknown,
            "The mail server took the whole mail and then did not say whether it accepts it; it may have been sent.",
        ),
        Trouble::Io(error) if is_bad_certificate(error) => Fail::new(
            Class::Config,
            "The mail server's certificate is not valid for its name; nothing was sent. \
             Check the server name, or its certificate.",
        ),
        trouble => {
            let what = match trouble {
                Trouble::Timeout => "did not answer in time",
                Trouble::Closed => "hung up",
                Trouble::Io(_) if stage == Stage::Connect => "could not be reached",
                Trouble::Io(_) => "broke the connection",
                Trouble::Garbled | Trouble::Refused(_) => "answered something that is not SMTP",
            };
            Fail::new(
                Class::Retry,
                format!("The mail server {what} {}; nothing was sent. It is tried again.", stage.doing()),
            )
        }
    }
}

fn is_bad_certificate(error: &std::io::Error) -> bool {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

fn refused(stage: Stage, reply: &Reply) -> Fail {
    let enhanced = reply.lines.first().and_then(|line| enhanced_code(line));
    let class = class_of(stage, reply.code, enhanced.as_deref());
    let code = match &enhanced {
        Some(enhanced) => format!("{} {enhanced}", reply.code),
        None => reply.code.to_string(),
    };
    let meaning = match class {
        Class::Retry => "refused for now; nothing was sent. It is tried again",
        Class::Throttle => "says that its limit is reached; nothing was sent. It continues later",
        Class::BadRecipient => "says that this address does not exist; nothing was sent. Correct the address",
        Class::Reauth => "refused the login; nothing was sent. Check user name and password of the sender",
        Class::Config => "does not accept this sender; nothing was sent. Check the settings of the sender",
        _ => "refused the mail for good; nothing was sent",
    };
    let message = format!("The mail server {meaning} (code {code}, {}).", stage.doing());
    Fail { class, retry_after_ms: pause(class, enhanced.as_deref(), reply), code: Some(code), message }
}

fn class_of(stage: Stage, code: u16, enhanced: Option<&str>) -> Class {
    let class = enhanced.and_then(|enhanced| by_enhanced(code, enhanced)).unwrap_or_else(|| by_code(code));
    match (stage, class) {
        // No recipient has been named yet: the no is about us, not about them.
        (Stage::Auth, Class::Permanent | Class::BadRecipient) => Class::Reauth,
        (
            Stage::Connect | Stage::Greeting | Stage::Hello | Stage::Tls,
            Class::Permanent | Class::BadRecipient,
        )
        | (Stage::Mail, Class::BadRecipient) => Class::Config,
        // A bare 550 after RCPT was accepted speaks of the content.
        (Stage::Data | Stage::Content | Stage::Dot, Class::BadRecipient) if enhanced.is_none() => {
            Class::Permanent
        }
        (_, class) => class,
    }
}

fn by_code(code: u16) -> Class {
    match code {
        432 | 530 | 534 | 535 => Class::Reauth,
        400..=499 => Class::Retry,
        550 | 551 | 553 => Class::BadRecipient,
        _ => Class::Permanent,
    }
}

fn by_enhanced(code: u16, enhanced: &str) -> Option<Class> {
    Some(match enhanced {
        // A 4xx never gives a message up, whatever its detail says.
        _ if code == 432 => Class::Reauth,
        _ if code < 500 => Class::Retry,
        "5.1.1" | "5.1.2" | "5.1.3" | "5.1.10" | "5.2.1" | "5.4.1" => Class::BadRecipient,
        "5.2.2" | "5.7.1" => Class::Permanent,
        "5.4.5" => Class::Throttle,
        "5.7.8" | "5.7.9" | "5.7.14" => Class::Reauth,
        "5.7.0" | "5.7.25" | "5.7.26" => Class::Config,
        _ => return None,
    })
}

/// How long to wait where the code tells: greylisting wants minutes, a daily limit wants a day.
fn pause(class: Class, enhanced: Option<&str>, reply: &Reply) -> Option<i64> {
    let greylisted = || reply.lines.iter().any(|line| line.to_ascii_lowercase().contains("greylist"));
    match (class, enhanced) {
        (Class::Throttle, _) => Some(24 * 60 * MINUTE),
        (Class::Retry, Some("4.7.1")) => Some(5 * MINUTE),
        (Class::Retry, _) if greylisted() => Some(5 * MINUTE),
        _ => None,
    }
}

/// `5.1.1` at the start of a reply text.
fn enhanced_code(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let mut parts = word.split('.');
    let class = parts.next()?;
    let number = |part: Option<&str>| {
        part.is_some_and(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
    };
    (matches!(class, "2" | "4" | "5")
        && number(parts.next())
        && number(parts.next())
        && parts.next().is_none())
    .then(|| word.to_owned())
}

/// What a `Status` of a delivery report means for the address.
pub(crate) fn class_of_status(status: &str) -> Class {
    if status.starts_with('4') {
        return Class::Retry;
    }
    by_enhanced(500, status).unwrap_or(Class::Permanent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.into()] }
    }

    #[test]
    fn the_table_of_refusals() {
        let cases = [
            (Stage::Rcpt, 450, "4.2.0 busy", Class::Retry, None),
            (Stage::Rcpt, 451, "4.7.1 Greylisted", Class::Retry, Some(5 * MINUTE)),
            (Stage::Rcpt, 450, "Greylisting in action", Class::Retry, Some(5 * MINUTE)),
            (Stage::Rcpt, 421, "bye", Class::Retry, None),
            (Stage::Rcpt, 550, "5.1.1 no such user", Class::BadRecipient, None),
            (Stage::Rcpt, 550, "no such user", Class::BadRecipient, None),
            (Stage::Rcpt, 550, "5.7.1 relaying denied", Class::Permanent, None),
            (Stage::Rcpt, 552, "5.2.2 mailbox full", Class::Permanent, None),
            (Stage::Rcpt, 550, "5.4.5 daily limit", Class::Throttle, Some(24 * 60 * MINUTE)),
            (Stage::Mail, 550, "sender refused", Class::Config, None),
            (Stage::Mail, 530, "5.7.0 log in first", Class::Config, None),
            (Stage::Mail, 530, "log in first", Class::Reauth, None),
            (Stage::Auth, 535, "5.7.8 bad password", Class::Reauth, None),
            (Stage::Auth, 454, "4.7.0 later", Class::Retry, None),
            (Stage::Auth, 501, "what", Class::Reauth, None),
            (Stage::Greeting, 554, "no service", Class::Config, None),
            (Stage::Dot, 550, "looks like spam", Class::Permanent, None),
            (Stage::Dot, 550, "5.7.26 not authenticated", Class::Config, None),
            (Stage::Dot, 451, "try later", Class::Retry, None),
        ];
        for (stage, code, text, class, wait) in cases {
            let fail = explain(stage, &Trouble::Refused(reply(code, text)));
            assert_eq!((fail.class, fail.retry_after_ms), (class, wait), "{stage:?} {code} {text}");
            assert!(fail.code.unwrap().starts_with(&code.to_string()));
        }
    }

    #[test]
    fn only_silence_after_the_dot_is_doubt() {
        for stage in [Stage::Connect, Stage::Greeting, Stage::Tls, Stage::Rcpt, Stage::Data, Stage::Content] {
            assert_eq!(explain(stage, &Trouble::Closed).class, Class::Retry, "{stage:?}");
        }
        for trouble in
            [Trouble::Closed, Trouble::Timeout, Trouble::Garbled, Trouble::Refused(reply(354, "what"))]
        {
            assert_eq!(explain(Stage::Dot, &trouble).class, Class::Unknown, "{trouble:?}");
        }
    }
}
