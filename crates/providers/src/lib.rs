//! Every external service that Overture speaks to, one file or folder each.
//!
//! Nothing here keeps state about a message: credentials and base addresses come in as values, and what
//! became of a call goes out as a [`Receipt`] or a [`Fail`] whose [`Class`] says whether the message left.
//! That distinction is the point of this crate: reliability.md section 2 ("never twice, never silently
//! lost") rests on it.

mod class;
mod gated;
mod http;
mod text;
mod tls;

pub mod bonzo;
pub mod elevenlabs;
pub mod gmail;
pub mod graph;
pub mod imap;
pub mod inbound;
pub mod messenger;
pub mod mime;
pub mod relayer;
pub mod slybroadcast;
pub mod smtp;
pub mod tiktok;
pub mod twilio;
pub mod whatsapp;

pub use class::{Class, Fail};
pub use http::Http;
pub use imap::Poll;
pub use inbound::{Bounce, Complaint, Inbound, InboundMessage, InboundStatus};

use async_trait::async_trait;
use domain::{
    Channel,
    approved::{Layout, Standing},
    message::ApprovedTemplate,
};
use serde_json::Value;
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

/// TLS as every client of ours does it: current versions, the bundled Mozilla roots.
pub fn tls_config() -> rustls::ClientConfig {
    tls::client_config(false)
}

/// One message on its way out, with everything in it already rendered. The same value gives the same
/// bytes on the wire, so that a repeat can be recognised by the other side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Our message id (`msg_…`), the reference that a provider echoes where it can.
    pub message_id: String,
    /// Where it goes: an e-mail address, a phone number in E.164, or who somebody is on a platform.
    pub to: String,
    /// Where it comes from: an e-mail address, a phone number in E.164, or a messaging service (`MG…`).
    pub from: String,
    /// The name shown beside `from`; empty for none.
    pub from_name: String,
    /// Subject line; only e-mail has one.
    pub subject: Option<String>,
    /// Plain text body.
    pub text: String,
    /// HTML body, shown instead of the text by programs that can.
    pub html: Option<String>,
    /// `Message-ID` without the angle brackets. Fixed before the first attempt. E-mail requires it.
    pub rfc_message_id: Option<String>,
    /// `Message-ID` of the mail this answers or follows, without the angle brackets.
    pub in_reply_to: Option<String>,
    /// `Message-ID`s of the thread, oldest first, without the angle brackets.
    pub references: Vec<String>,
    /// Where answers should go, when not to `from`.
    pub reply_to: Option<String>,
    /// Where bounces should go (`MAIL FROM`), when not to `from`.
    pub envelope_from: Option<String>,
    /// Address of the one-click unsubscribe endpoint (RFC 8058), `https`.
    pub unsubscribe_url: Option<String>,
    /// Address that the provider calls with delivery news; it carries our message id.
    pub status_callback: Option<String>,
    /// The template to send instead of the text, on a channel whose platform approves texts beforehand.
    pub approved: Option<ApprovedTemplate>,
    /// They have agreed to be written to on this channel, and it is written down here.
    pub is_agreed: bool,
    /// Where the recording can be fetched that is to be dropped; only voicemail has one.
    pub audio_url: Option<String>,
    /// The last instant at which it may reach them, in milliseconds since the Unix epoch; where the law says one.
    pub until_ms: Option<i64>,
    /// A person answers after the time in which anybody may: it is to be marked as such where the platform asks for
    /// it.
    pub late_answer: bool,
    /// Nobody wrote it, and no machine should answer it (RFC 3834). Only e-mail can say so.
    pub is_automatic: bool,
    /// The `Date` of the mail: milliseconds since the Unix epoch, UTC. Fixed before the first attempt.
    pub date_ms: i64,
}

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's own id of the message (`SM…`), for e-mail the `Message-ID`.
    pub provider_message_id: String,
}

/// What a provider says when asked about a message whose fate we do not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It has it, under this id of its own.
    Sent(String),
    /// It proves that it never had it.
    Absent,
    /// There is no way to ask, or the answer proves nothing.
    CannotKnow,
}

/// The last question before bytes leave: is the claim still ours and young enough, and has nobody pressed
/// the emergency stop? Implementations answer from memory, at once. It may be asked more than once per
/// message (before the dialogue and again right before the content).
pub trait Gate: Send + Sync {
    /// Whether the message may leave now.
    fn may_send(&self) -> bool;

    /// How long the message may wait before its bytes leave.
    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

/// The gate that is always open, for system mail and connection tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open;

impl Gate for Open {
    fn may_send(&self) -> bool {
        true
    }
}

/// An account at a provider. Keep one per sender and share it: it holds the connections that are reused.
#[async_trait]
pub trait Api: Send + Sync {
    /// Whether the credentials work, without sending anything.
    async fn check(&self) -> Result<(), Fail>;

    /// Sends one message. [`Class::Unknown`] means that it may have left; [`Class::GaveBack`] that the gate
    /// was closed and nothing left; every other failure that it definitely did not leave.
    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail>;

    /// Looks for a message of unknown fate. `since_ms` is when the first attempt began (milliseconds since
    /// the Unix epoch); call it only after the channel's settle window.
    async fn find(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail>;

    /// Whether [`Api::find`] goes by addresses and text, and so finds a message also under another id of ours.
    fn finds_by_text(&self) -> bool {
        false
    }

    /// The voice that speaks the texts of this account, where they are heard and not read.
    fn voice(&self) -> Option<&elevenlabs::Voice> {
        None
    }

    /// The mailbox that comes with the account, where it is read through the same door.
    fn mailbox(&self) -> Option<&dyn Mailbox> {
        None
    }

    /// The texts that the platform has approved for the account, where it approves any.
    fn shelf(&self) -> Option<&dyn Shelf> {
        None
    }

    /// What renews the access to the account, where it ends by itself and can be renewed.
    fn renewal(&self) -> Option<&dyn Renewal> {
        None
    }
}

/// Access that ends by itself.
#[async_trait]
pub trait Renewal: Send + Sync {
    /// Fetches a new access. Where it worked the old one may be worth nothing any more, nor what renewed it: keep the
    /// new one before anything else. [`Class::Reauth`] and [`Class::Config`] mean that asking again does not help.
    async fn renew(&self) -> Result<Renewed, Fail>;
}

/// A new access.
#[derive(Clone)]
pub struct Renewed {
    /// Credentials that take the place of those of the same names.
    pub fields: serde_json::Map<String, Value>,
    /// How long the access is good, in milliseconds.
    pub lasts_ms: i64,
    /// For how long it can be renewed, in milliseconds, where the provider says so.
    pub renewable_ms: Option<i64>,
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").field("lasts_ms", &self.lasts_ms).finish_non_exhaustive()
    }
}

/// Texts that a platform approves before they may be sent.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// The account at the platform that has them; empty where nobody has said which it is.
    fn account(&self) -> &str;

    /// All of them.
    async fn templates(&self) -> Result<Vec<Template>, Fail>;
}

/// A text that a platform was asked to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language, as the platform spells it.
    pub language: String,
    /// What it is for, in the platform's word.
    pub category: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why, in the platform's words.
    pub reason: Option<String>,
    /// How people like it, in the platform's word.
    pub quality: Option<String>,
    /// What it consists of.
    pub layout: Layout,
}

/// What comes in to an account, read through its own API.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// What came since `cursor`; without one only where the mailbox stands now. `since_ms` (milliseconds since the Unix
    /// epoch) is from when on everything is read where the provider has forgotten the cursor. Nothing in the mailbox is
    /// changed.
    async fn poll(&self, cursor: Option<&str>, since_ms: i64) -> Result<Poll, Fail>;
}

/// How to open an account at a provider.
pub type Connect = fn(&Http, &Value) -> Result<Box<dyn Api>, Fail>;

/// One external service. Adding a provider is one file and one line in [`all`].
#[derive(Debug)]
pub struct Provider {
    /// The name in the database and the API, for example `twilio`.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it carries.
    pub channel: Channel,
    /// Where its documentation is.
    pub docs: &'static str,
    /// JSON schema of its credentials; the UI renders its form from it. Secrets have `format: password`.
    pub credentials: Value,
    /// Checks the shape of the credentials and opens the account; no network yet.
    pub connect: Connect,
}

/// Every provider of this build.
pub fn all() -> &'static [Provider] {
    static ALL: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        vec![
            smtp::provider(),
            gmail::provider(),
            twilio::provider(),
            whatsapp::provider(),
            messenger::provider(),
            slybroadcast::provider(),
            tiktok::provider(),
            bonzo::provider(),
            relayer::provider(),
        ]
    });
    &ALL
}

/// The provider with this id, if this build has it.
pub fn by_id(id: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.id == id)
}
