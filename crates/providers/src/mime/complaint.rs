//! Feedback reports (RFC 5965): what a mailbox provider passes on when somebody presses "this is spam".
//!
//! Such a report says nothing reliable about who sent it. The caller acts on it only when `our_tag`, `envelope_id` or
//! `rfc_message_id` is one of ours.

use super::{
    bounce::{fields, value},
    headers::{Headers, bare, message_ids},
    parts::Parts,
};
use crate::{Complaint, text::cut};

/// The complaint in a feedback report: `Some(None)` for one that complains of nothing, `None` for what is no such report.
pub(super) fn read(headers: &Headers<'_>, parts: &Parts) -> Option<Option<Complaint>> {
    let report = fields(parts.feedback.as_deref()?);
    let kind =
        value(&report, "feedback-type").map_or_else(String::new, |kind| cut(kind.to_ascii_lowercase(), 40));
    let is_opt_out = match kind.as_str() {
        // Somebody took it out of the spam folder; or a server tells of signatures that do not hold (RFC 6591).
        "not-spam" | "auth-failure" => return Some(None),
        "opt-out" | "opt-out-list" => true,
        // `abuse`, `fraud`, `virus`, `other`, and what is registered later.
        _ => false,
    };
    let returned = parts.returned.as_deref().map(fields).unwrap_or_default();
    let recipient = value(&report, "original-rcpt-to").or_else(|| value(&returned, "to")).and_then(bare);
    let ours = value(&report, "original-mail-from").and_then(bare);
    Some(Some(Complaint {
        is_opt_out,
        rfc_message_id: value(&returned, "message-id").and_then(|ids| message_ids(ids).pop()),
        our_tag: headers
            .tag(&headers.recipients())
            .or_else(|| headers.tag(&ours.into_iter().collect::<Vec<_>>())),
        envelope_id: value(&report, "original-envelope-id").map(str::to_owned),
        recipient: recipient.unwrap_or_default(),
        kind,
    }))
}
