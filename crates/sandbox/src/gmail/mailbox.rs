//! One mailbox with what changed in it.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::clock;
use crate::mail::{Mail, header};

/// So many mails are kept in one mailbox.
const MAILS: usize = 20_000;

/// A mail that comes in, or that was sent.
pub(crate) struct Delivery {
    pub(crate) raw: Bytes,
    pub(crate) labels: Vec<String>,
    /// The thread that it was sent in.
    pub(crate) thread: Option<String>,
}

impl Delivery {
    pub(crate) fn inbox(raw: Bytes) -> Delivery {
        Delivery { raw, labels: vec!["INBOX".into(), "UNREAD".into()], thread: None }
    }
}

pub(super) struct Kept {
    pub(super) id: String,
    pub(super) thread: String,
    pub(super) labels: Vec<String>,
    /// The change that brought it.
    pub(super) history: u64,
    pub(super) at: i64,
    pub(super) message_id: String,
    pub(super) raw: Bytes,
}

pub(super) struct Mailbox {
    pub(super) mails: VecDeque<Kept>,
    /// The last change.
    pub(super) history: u64,
    /// What lies before it is forgotten.
    pub(super) remembers: u64,
    /// Tokens dated until then are good no more.
    pub(super) revoked_until: Option<i64>,
    /// Access tokens dated until then have ended.
    pub(super) access_until: i64,
}

impl Mailbox {
    pub(super) fn new(history: u64) -> Mailbox {
        Mailbox { mails: VecDeque::new(), history, remembers: history, revoked_until: None, access_until: 0 }
    }

    pub(super) fn add(&mut self, id: String, delivery: Delivery) -> &Kept {
        let bare = |value: String| value.trim().trim_matches(['<', '>']).to_owned();
        let message_id = header(&delivery.raw, "message-id").map(bare).unwrap_or_default();
        let letter = Mail::new(0, "", &[], false, delivery.raw.to_vec()).letter();
        let answered = |kept: &&Kept| letter.references.contains(&kept.message_id);
        let thread = delivery
            .thread
            .or_else(|| self.mails.iter().find(answered).map(|kept| kept.thread.clone()))
            .unwrap_or_else(|| id.clone());
        // Numbers between two changes are other things' that the history is not asked for.
        self.history += 7;
        let (history, at) = (self.history, clock::now_ms());
        let kept = Kept { id, thread, labels: delivery.labels, history, at, message_id, raw: delivery.raw };
        if self.mails.len() >= MAILS {
            self.mails.pop_front();
        }
        self.mails.push_back(kept);
        // Just pushed.
        &self.mails[self.mails.len() - 1]
    }

    /// Whatever has been asked for before is too long ago.
    pub(super) fn forget(&mut self) {
        self.history += 1;
        self.remembers = self.history;
    }
}
