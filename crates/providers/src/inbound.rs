//! What came in, in one shape for every provider.

use crate::Class;
use domain::{Channel, approved::Standing};
use serde::{Deserialize, Serialize};

/// One thing that a provider told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inbound {
    /// Somebody wrote.
    Message(InboundMessage),
    /// News about a message of ours.
    Status(InboundStatus),
    /// A copy of what left our account, by us or by somebody with another program.
    Echo(InboundEcho),
    /// News about everything that we wrote to somebody up to an instant.
    Watermark(InboundWatermark),
    /// Somebody told the platform whether they want our messages.
    Choice(InboundChoice),
    /// Somebody is reached under another number now.
    Renumbering(InboundRenumbering),
    /// News about a text that the platform was asked to approve.
    Template(InboundTemplate),
    /// A mail of ours could not be delivered (RFC 3464).
    Bounce(Bounce),
    /// Somebody marked a mail of ours as spam, or their provider says so (RFC 5965).
    Complaint(Complaint),
}

/// A message that somebody (or their out-of-office robot) wrote to us. All text is free of invisible
/// control characters (tag block, bidi overrides, zero-width joiners used to hide text).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// How it came.
    pub channel: Channel,
    /// Who wrote: an e-mail address in lower case, or a phone number as the provider gave it. Empty when
    /// the mail names nobody.
    pub from: String,
    /// The name beside it.
    pub from_name: Option<String>,
    /// Whom it was written to: `To`, `Cc`, `Delivered-To` and `X-Original-To` of a mail, in lower case.
    pub to: Vec<String>,
    /// Subject line.
    pub subject: Option<String>,
    /// What the person wrote, without the quoted history below it.
    pub text: String,
    /// The whole text, quotes and all.
    pub text_full: String,
    /// The HTML body as it came. Not sanitised: never show it as it is.
    pub html: Option<String>,
    /// The provider's id: `MessageSid`, or the `Message-ID` without angle brackets. A mail without one gets
    /// `sha256-<hex of the raw mail>@missing.invalid`.
    pub provider_message_id: String,
    /// `In-Reply-To` without angle brackets.
    pub in_reply_to: Option<String>,
    /// `References` without angle brackets, oldest first.
    pub references: Vec<String>,
    /// Our message id from a recipient address `…+r-<id>@…` (or `+b-`), as it stood there.
    pub our_tag: Option<String>,
    /// `Auto-Submitted` (RFC 3834).
    pub auto_submitted: Option<String>,
    /// `Precedence`.
    pub precedence: Option<String>,
    /// Other headers that tell robots from people, by lower-case name: `x-autoreply`, `x-autorespond`,
    /// `x-auto-response-suppress`, `return-path`, `list-id`, `feedback-id`, `content-type` (of the mail).
    pub headers: Vec<(String, String)>,
    /// When its author says it was written: milliseconds since the Unix epoch, UTC.
    pub date_ms: Option<i64>,
    /// How many attachments or pictures came along.
    pub attachments: u32,
}

impl InboundMessage {
    /// The first header of this name (in any case), among those that were kept.
    pub fn header(&self, name: &str) -> Option<&str> {
        match name.to_ascii_lowercase().as_str() {
            "auto-submitted" => self.auto_submitted.as_deref(),
            "precedence" => self.precedence.as_deref(),
            "subject" => self.subject.as_deref(),
            other => self.headers.iter().find(|(key, _)| key == other).map(|(_, value)| value.as_str()),
        }
    }
}

/// How far a message of ours got, ordered: later news never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The provider has it, the network does not yet. Says only that it exists at the provider.
    Accepted,
    /// Handed to the network.
    Sent,
    /// Not delivered.
    Failed,
    /// Delivered.
    Delivered,
    /// Read.
    Read,
}

/// News about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundStatus {
    /// Our message id, from the callback address (`?m=`). This is proof that the provider has the message
    /// even where its answer to us was lost.
    pub our_message_id: Option<String>,
    /// The provider's id.
    pub provider_message_id: String,
    /// How far it got.
    pub status: Delivery,
    /// The provider's error code, when it failed.
    pub code: Option<String>,
    /// What that code means.
    pub class: Option<Class>,
    /// The same in words, where there are better ones than the class has.
    #[serde(default)]
    pub said: Option<String>,
    /// When it happened (milliseconds since the Unix epoch); `None` when the provider does not say.
    pub at_ms: Option<i64>,
}

/// Somebody took their account on a platform along to another number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRenumbering {
    /// On which platform.
    pub channel: Channel,
    /// The number that it was, in E.164.
    pub from: String,
    /// The number that it is now, in E.164.
    pub to: String,
    /// When it happened (milliseconds since the Unix epoch); `None` when the platform does not say.
    pub at_ms: Option<i64>,
}

/// News about a text that the platform was asked to approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundTemplate {
    /// The account at the platform that has it.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Where it stands now; `None` where something else about it has changed.
    pub standing: Option<Standing>,
    /// Why, in the platform's words.
    pub reason: Option<String>,
}

/// News about everything that we wrote to somebody up to an instant: the platform names no single message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundWatermark {
    /// How it travelled.
    pub channel: Channel,
    /// To whom.
    pub from: String,
    /// How far it got.
    pub status: Delivery,
    /// Up to and with this instant of the platform's clock (milliseconds since the Unix epoch).
    pub before_ms: i64,
}

/// A copy of a message that left our account. It carries no reference of ours: somebody may have typed it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundEcho {
    /// How it travelled.
    pub channel: Channel,
    /// To whom.
    pub to: String,
    /// The provider's id.
    pub provider_message_id: String,
    /// What it says.
    pub text: String,
}

/// What somebody told the platform about our messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundChoice {
    /// On which channel.
    pub channel: Channel,
    /// Who.
    pub from: String,
    /// Whether they want them.
    pub wants: bool,
}

/// What a feedback report says of a mail of ours (RFC 5965).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// Only that they want no more of it (`opt-out`), and not that it is spam.
    pub is_opt_out: bool,
    /// `Message-ID` of our mail, from the headers that came back, without angle brackets.
    pub rfc_message_id: Option<String>,
    /// Our message id from the address that the report was sent to, or that our mail came from.
    pub our_tag: Option<String>,
    /// `Original-Envelope-Id`: what we gave as `ENVID`, which is our message id.
    pub envelope_id: Option<String>,
    /// Who complained, in lower case; empty where the report does not say (many take it out).
    pub recipient: String,
    /// `Feedback-Type`, in lower case.
    pub kind: String,
}

/// A mail of ours that could not be delivered, or is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    /// `Message-ID` of our mail, from the headers that came back, without angle brackets.
    pub rfc_message_id: Option<String>,
    /// Our message id from the address the bounce was sent to (`…+b-<id>@…`).
    pub our_tag: Option<String>,
    /// `Original-Envelope-Id`: what we gave as `ENVID`, which is our message id.
    pub envelope_id: Option<String>,
    /// The address that failed, in lower case (`Final-Recipient`, else `Original-Recipient`).
    pub recipient: String,
    /// `true`: given up. `false`: delayed, the other side is still trying.
    pub permanent: bool,
    /// `Status` of RFC 3463 (`5.1.1`), else the SMTP code of the diagnostic.
    pub code: Option<String>,
    /// What that code means for the address.
    pub class: Class,
    /// `Diagnostic-Code` without its type, at most 1,000 characters.
    pub diagnostic: Option<String>,
    /// `Message-ID` of the bounce itself, as in [`InboundMessage::provider_message_id`].
    pub provider_message_id: String,
}
