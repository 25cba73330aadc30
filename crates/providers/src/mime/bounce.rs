//! Delivery reports (RFC 3464) and older bounces with `X-Failed-Recipients`.
//!
//! A bounce says nothing reliable about who sent it. The caller acts on it only when `our_tag`,
//! `envelope_id` or `rfc_message_id` is one of ours.

use super::{
    headers::{Headers, bare, message_ids},
    parts::Parts,
};
use crate::{
    Bounce, Class,
    smtp::class_of_status,
    text::{cut, visible_line},
};

const MAX_RECIPIENTS: usize = 100;

/// The bounces in a mail; empty when it is not a report.
pub(super) fn read(headers: &Headers<'_>, parts: &Parts) -> Vec<Bounce> {
    let returned = parts.returned.as_deref().map(fields).unwrap_or_default();
    let original = value(&returned, "message-id").and_then(|ids| message_ids(ids).pop());
    let to = headers.recipients();
    let base = Bounce {
        rfc_message_id: original.or_else(|| headers.in_reply_to()),
        our_tag: headers.tag(&to),
        envelope_id: None,
        recipient: String::new(),
        permanent: true,
        code: None,
        class: Class::Permanent,
        diagnostic: None,
        provider_message_id: headers.message_id(),
    };
    if let Some(status) = &parts.delivery_status {
        return delivery_status(status, &base);
    }
    if let Some(failed) = headers.plain("x-failed-recipients") {
        let code = enhanced_code(&parts.text);
        let class = code.as_deref().map_or(Class::Permanent, class_of_status);
        return failed
            .split(',')
            .filter_map(bare)
            .take(MAX_RECIPIENTS)
            .map(|recipient| Bounce { recipient, code: code.clone(), class, ..base.clone() })
            .collect();
    }
    if headers.report_type().as_deref() == Some("delivery-status") {
        // The report says that it is one, and holds nothing readable.
        return vec![Bounce { recipient: value(&returned, "to").and_then(bare).unwrap_or_default(), ..base }];
    }
    Vec::new()
}

/// One group of fields about the message, then one per recipient.
fn delivery_status(text: &str, base: &Bounce) -> Vec<Bounce> {
    let text = text.replace("\r\n", "\n");
    let groups: Vec<Vec<(String, String)>> =
        text.split("\n\n").map(fields).filter(|group| !group.is_empty()).take(MAX_RECIPIENTS + 1).collect();
    let envelope_id = groups.iter().find_map(|group| value(group, "original-envelope-id")).map(str::to_owned);
    let about = groups.iter().filter(|group| value(group, "action").is_some());
    about
        .filter_map(|group| {
            let permanent = match value(group, "action")?.to_ascii_lowercase().as_str() {
                "failed" => true,
                "delayed" => false,
                // Delivered, relayed, expanded: good news that nobody asked for.
                _ => return None,
            };
            let recipient = ["final-recipient", "original-recipient"]
                .iter()
                .find_map(|name| bare(typed(value(group, name)?)))
                .unwrap_or_default();
            let diagnostic =
                value(group, "diagnostic-code").map(|text| cut(visible_line(typed(text)), 1_000));
            let status = value(group, "status").and_then(enhanced_code);
            let vague = status.as_deref().is_none_or(|status| status.ends_with(".0.0"));
            let better = diagnostic.as_deref().filter(|_| vague).and_then(enhanced_code);
            let code = better.or(status).or_else(|| diagnostic.as_deref().and_then(basic_code));
            let class = match code.as_deref().map_or(Class::Permanent, class_of_status) {
                // They tried for days and gave up, or they are still trying.
                Class::Retry if permanent => Class::Permanent,
                _ if !permanent => Class::Retry,
                class => class,
            };
            let envelope_id = envelope_id.clone();
            Some(Bounce { envelope_id, recipient, permanent, code, class, diagnostic, ..base.clone() })
        })
        .collect()
}

/// `Name: value` lines, names in lower case, folded lines joined.
pub(super) fn fields(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines().take(2_000) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = all.last_mut().filter(|(_, value)| value.len() < 8_192) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            all.push((name.trim().to_ascii_lowercase(), visible_line(value)));
        }
    }
    all
}

pub(super) fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// What stands behind `rfc822;` or `smtp;`.
fn typed(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.contains(['@', ' ']) => rest.trim(),
        _ => value,
    }
}

/// The first `5.1.1` in a text.
fn enhanced_code(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.')).find_map(
        |word| {
            let mut parts = word.split('.');
            let class = parts.next().filter(|class| matches!(*class, "4" | "5"))?;
            let (subject, detail) = (parts.next()?, parts.next()?);
            let short = |part: &str| (1..=3).contains(&part.len());
            (parts.next().is_none() && short(subject) && short(detail))
                .then(|| format!("{class}.{subject}.{detail}"))
        },
    )
}

/// `550` at the start of a diagnostic.
fn basic_code(text: &str) -> Option<String> {
    let word = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 3)?;
    matches!(word.as_bytes()[0], b'4' | b'5').then(|| word.to_owned())
}
