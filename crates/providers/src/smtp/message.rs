//! The bytes of a mail. The same [`Outgoing`] always gives the same bytes: date, Message-ID and boundary
//! come from it, nothing from a clock or from chance, so that a repeat can be recognised as one.

use crate::{Class, Fail, Outgoing};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};
use std::time::{Duration, UNIX_EPOCH};

/// References kept beside the first: enough for any program to find the thread.
const MAX_REFERENCES: usize = 20;
/// Text and HTML together, in bytes; few servers take more than 25 MB with its encoding.
const MAX_BODY: usize = 20 * 1024 * 1024;
/// Longest value that still fits on one line of 998 characters together with its header name.
const MAX_ON_ONE_LINE: usize = 950;

/// Renders the mail exactly as it will cross the wire (before dot stuffing).
pub fn render(outgoing: &Outgoing) -> Result<Vec<u8>, Fail> {
    let id = outgoing.rfc_message_id.as_deref().unwrap_or_default();
    if !is_message_id(id) {
        return Err(refuse("the Message-ID is missing or not of the form id@domain"));
    }
    for (what, value) in headers(outgoing) {
        if value.chars().any(char::is_control) {
            return Err(refuse(&format!("the {what} contains a line break or another control character")));
        }
    }
    let date = u64::try_from(outgoing.date_ms).ok().filter(|ms| *ms < 253_402_300_800_000);
    let date = date.ok_or_else(|| refuse("the date lies outside of the years 1970 to 9999"))?;
    let name = Some(outgoing.from_name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    let mut message = Message::builder()
        .date(UNIX_EPOCH + Duration::from_millis(date))
        .from(Mailbox::new(name, address("sender", &outgoing.from)?))
        .to(Mailbox::new(None, address("recipient", &outgoing.to)?))
        .subject(outgoing.subject.clone().unwrap_or_default())
        .raw_header(verbatim("Message-ID", format!("<{id}>")));
    if let Some(reply_to) = &outgoing.reply_to {
        message = message.reply_to(Mailbox::new(None, address("reply", reply_to)?));
    }
    if let Some(parent) = &outgoing.in_reply_to {
        if !is_message_id(parent) {
            return Err(refuse("In-Reply-To is not a Message-ID"));
        }
        message = message.raw_header(verbatim("In-Reply-To", format!("<{parent}>")));
    }
    if let Some(references) = references(&outgoing.references)? {
        message = message.raw_header(verbatim("References", references));
    }
    if outgoing.is_automatic {
        message = message.raw_header(verbatim("Auto-Submitted", "auto-generated".to_owned()));
    }
    if let Some(url) = &outgoing.unsubscribe_url {
        // RFC 8058 readers want each on one line; a folded URL has been seen to be ignored.
        let url = unsubscribe(url)?;
        message = message
            .raw_header(verbatim("List-Unsubscribe", format!("<{url}>")))
            .raw_header(verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let bodies = outgoing.text.len() + outgoing.html.as_ref().map_or(0, String::len);
    if bodies > MAX_BODY {
        return Err(refuse("it is larger than 20 MB"));
    }
    let text = SinglePart::plain(with_crlf(&outgoing.text));
    let message = match &outgoing.html {
        None => message.singlepart(text),
        Some(html) => message.multipart(
            MultiPart::alternative()
                .boundary(boundary(id))
                .singlepart(text)
                .singlepart(SinglePart::html(with_crlf(html))),
        ),
    };
    let message = message.map_err(|error| refuse(&error.to_string()))?;
    Ok(message.formatted())
}

/// Sender and recipient of the envelope.
pub(super) fn envelope(outgoing: &Outgoing) -> Result<(String, String), Fail> {
    let from = outgoing.envelope_from.as_deref().unwrap_or(&outgoing.from);
    Ok((address("bounce", from)?.to_string(), address("recipient", &outgoing.to)?.to_string()))
}

fn refuse(why: &str) -> Fail {
    Fail::new(Class::Permanent, format!("The mail cannot be written: {why}. Nothing was sent."))
}

fn headers(outgoing: &Outgoing) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("sender name", Some(outgoing.from_name.as_str())),
        ("sender address", Some(outgoing.from.as_str())),
        ("recipient address", Some(outgoing.to.as_str())),
        ("subject", outgoing.subject.as_deref()),
        ("reply address", outgoing.reply_to.as_deref()),
        ("bounce address", outgoing.envelope_from.as_deref()),
        ("unsubscribe address", outgoing.unsubscribe_url.as_deref()),
    ]
    .into_iter()
    .filter_map(|(what, value)| value.map(|value| (what, value)))
}

/// An address in its wire form: the domain in ASCII, the local part as it is.
fn address(what: &str, text: &str) -> Result<Address, Fail> {
    let wrong = |why: &str| {
        let class = if what == "recipient" { Class::BadRecipient } else { Class::Config };
        Fail::new(class, format!("The {what} address {why}; nothing was sent. Correct the address."))
    };
    let (user, domain) = text.trim().rsplit_once('@').ok_or_else(|| wrong("has no @ sign"))?;
    if !user.is_ascii() {
        return Err(wrong("has letters before the @ sign that most mail servers do not accept"));
    }
    let domain = if domain.starts_with('[') {
        domain.to_owned()
    } else {
        match url::Host::parse(domain) {
            Ok(host) => host.to_string(),
            Err(_) => return Err(wrong("has no valid domain")),
        }
    };
    Address::new(user, domain).map_err(|_| wrong("is not a valid e-mail address"))
}

/// `local@domain` in printable ASCII without blanks and brackets.
fn is_message_id(id: &str) -> bool {
    let well_formed = id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    well_formed
        && id.len() <= MAX_ON_ONE_LINE
        && id.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// One id per line, the first and the latest.
fn references(ids: &[String]) -> Result<Option<String>, Fail> {
    if ids.iter().any(|id| !is_message_id(id)) {
        return Err(refuse("References holds something that is not a Message-ID"));
    }
    let Some((first, rest)) = ids.split_first() else { return Ok(None) };
    let latest = &rest[rest.len().saturating_sub(MAX_REFERENCES)..];
    let all: Vec<String> = std::iter::once(first).chain(latest).map(|id| format!("<{id}>")).collect();
    Ok(Some(all.join("\r\n ")))
}

fn unsubscribe(text: &str) -> Result<String, Fail> {
    let url = url::Url::parse(text).map_err(|_| refuse("the unsubscribe address is not a URL"))?;
    let url = match url.scheme() {
        "https" | "http" => String::from(url),
        _ => return Err(refuse("the unsubscribe address is not a web address")),
    };
    if url.len() > MAX_ON_ONE_LINE || url.contains(['<', '>', ',']) {
        return Err(refuse(
            "the unsubscribe address is too long or has characters that the header does not allow",
        ));
    }
    Ok(url)
}

/// The text with CR LF at the end of its lines. The library would do it too, but inserts one character at a
/// time into the whole text, which takes minutes for a few megabytes.
fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut before = '\0';
    for char in text.chars() {
        match char {
            '\n' if before == '\r' => out.push('\n'),
            '\n' => out.push_str("\r\n"),
            char if before == '\r' => {
                out.push('\n');
                out.push(char);
            }
            char => out.push(char),
        }
        before = char;
    }
    if before == '\r' {
        out.push('\n');
    }
    out
}

/// A header that is neither folded nor encoded; callers pass printable ASCII only.
fn verbatim(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// A boundary that depends on the Message-ID alone and is too long to occur by accident.
fn boundary(id: &str) -> String {
    let digest = Sha256::digest(id.as_bytes());
    let hex: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("overture-{hex}")
}
