//! The providers against servers on loopback that say exactly what the test wants.

mod bonzo;
mod corpus;
mod dovecot;
mod dovecot_server;
mod gmail;
mod graph;
mod imap;
mod messenger;
mod mime;
mod mime_random;
mod smtp;
mod smtp_message;
mod smtp_server;
mod tiktok;
mod twilio;
mod twilio_server;
mod twilio_webhook;
mod voicemail;
mod whatsapp;

use providers::{Gate, Outgoing};
use std::sync::atomic::{AtomicU32, Ordering};

/// A mail and a text at once: every provider takes what it needs.
fn outgoing(to: &str) -> Outgoing {
    Outgoing {
        message_id: "msg_01jd0m5s7x8y9z0a1b2c3d4e5f".into(),
        to: to.into(),
        from: if to.contains('@') { "rep@overture.example".into() } else { "+15005550006".into() },
        from_name: "Rita Rep".into(),
        subject: Some("A question".into()),
        text: "Hello Ada,\n.\nare you coming?\n".into(),
        html: Some("<p>Hello Ada,</p><p>are you coming?</p>".into()),
        rfc_message_id: Some("msg_01jd0m5s7x8y9z0a1b2c3d4e5f@overture.example".into()),
        date_ms: 1_767_225_600_000,
        ..Outgoing::default()
    }
}

/// A gate that closes after it was asked this many times.
struct ClosesAfter(AtomicU32);

impl ClosesAfter {
    fn asking(times: u32) -> Self {
        Self(AtomicU32::new(times))
    }
}

impl Gate for ClosesAfter {
    fn may_send(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}
