//! Incoming mail (RFC 5322 and MIME), bounces (RFC 3464) and complaints (RFC 5965), whatever state they
//! are in: mail comes from everybody, and much of it is broken or hostile. What can be read is read; the
//! raw mail is kept by the caller, so nothing is lost by giving up early.

mod bounce;
mod complaint;
mod headers;
mod parts;
mod quote;

use crate::{Class, Fail, Inbound, InboundMessage, text};
use domain::Channel;
use headers::Headers;
use parts::Parts;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The largest mail that is read, in bytes. Most servers refuse larger ones too.
pub const MAX_BYTES: usize = 25 * 1024 * 1024;

/// Bytes of text or HTML that are kept of one mail.
const MAX_TEXT: usize = 1024 * 1024;

/// Reads one raw mail. Usually that gives one message; a delivery report gives one bounce per recipient, and a feedback
/// report one complaint, or nothing where it says that a mail is no spam.
/// It fails only when the mail is too large or is no mail at all (no header), and never panics.
pub fn parse(raw: &[u8]) -> Result<Vec<Inbound>, Fail> {
    if raw.len() > MAX_BYTES {
        return Err(Fail::new(
            Class::Permanent,
            format!(
                "The mail is larger than {} MB and was not read. The raw mail is kept.",
                MAX_BYTES / 1024 / 1024
            ),
        ));
    }
    // The parser below is not ours and meets hostile bytes: should it ever panic, the worker that reads
    // this mail goes on, and the mail becomes a dead letter like any other that cannot be read.
    catch_unwind(AssertUnwindSafe(|| read(raw))).unwrap_or_else(|_| {
        Err(Fail::new(Class::Permanent, "The mail could not be read. The raw mail is kept."))
    })
}

fn read(raw: &[u8]) -> Result<Vec<Inbound>, Fail> {
    // A line of the mbox format before the headers is not one of them.
    let raw = match raw.strip_prefix(b"From ") {
        Some(rest) => &rest[rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1)..],
        None => raw,
    };
    let Some(headers) = Headers::of(raw) else {
        return Err(Fail::new(
            Class::Permanent,
            "This is not a mail: it has no headers. The raw mail is kept.",
        ));
    };
    let parts = Parts::of(raw);
    if let Some(report) = complaint::read(&headers, &parts) {
        return Ok(report.into_iter().map(Inbound::Complaint).collect());
    }
    let bounces = bounce::read(&headers, &parts);
    if !bounces.is_empty() {
        return Ok(bounces.into_iter().map(Inbound::Bounce).collect());
    }
    Ok(vec![Inbound::Message(message(headers, parts))])
}

fn message(headers: Headers, parts: Parts) -> InboundMessage {
    let (from, from_name) = headers.from();
    let to = headers.recipients();
    let html = Some(parts.html).filter(|html| !html.is_empty());
    let text_full = match &html {
        Some(html) if parts.text.trim().is_empty() => mail_parser::decoders::html::html_to_text(html),
        _ => parts.text,
    };
    let text_full = text::cut(text::visible(&text_full), MAX_TEXT).trim().to_owned();
    InboundMessage {
        channel: Channel::Email,
        text: quote::without_history(&text_full),
        text_full,
        // A NUL cannot be stored in PostgreSQL; everything else in it is for the sanitiser.
        html: html.map(|html| text::cut(html.replace('\0', ""), MAX_TEXT)),
        our_tag: headers.tag(&to),
        to,
        from,
        from_name,
        subject: headers.subject(),
        provider_message_id: headers.message_id(),
        in_reply_to: headers.in_reply_to(),
        references: headers.references(),
        auto_submitted: headers.plain("auto-submitted"),
        precedence: headers.plain("precedence"),
        date_ms: headers.date_ms(),
        headers: headers.kept(),
        attachments: parts.attachments,
    }
}
