//! What the pages are told once a transaction is committed.

use crate::app::App;
use domain::{
    ids::{ConversationId, MessageId},
    message::Status,
};
use serde_json::json;
use store::{Scope, campaign::health::Paused};

/// One thing that happened.
pub(super) enum News {
    Message(ConversationId, MessageId),
    Status(ConversationId, MessageId, Status),
}

/// Everything that one event did to its workspace.
#[derive(Default)]
pub(super) struct Told {
    pub news: Vec<News>,
    pub paused: Paused,
    /// Conversations that go on under another number.
    pub moved: Vec<ConversationId>,
    /// It held several events, which are stored in its place.
    pub is_apart: bool,
}

impl Told {
    /// Tells the pages and wakes whoever has work now.
    pub fn announce(self, app: &App, scope: &Scope) {
        for conversation in &self.moved {
            app.tell_conversation(&scope.workspace, conversation);
        }
        if !self.moved.is_empty() {
            app.tell(&scope.workspace, "contacts:updated", json!({}));
        }
        if !self.news.is_empty() {
            self.news.iter().for_each(|item| item.announce(app, scope));
            app.tell(&scope.workspace, "stats:updated", json!({}));
            app.wake.steps.notify_one();
            app.wake.outbox.notify_one();
        }
        if self.is_apart {
            app.wake.inbound.notify_one();
        }
        tell_paused(app, scope, &self.paused);
    }
}

impl News {
    fn announce(&self, app: &App, scope: &Scope) {
        match self {
            News::Message(conversation, message) => {
                let data = json!({ "conversation_id": conversation, "message_id": message });
                app.tell(&scope.workspace, "new:message", data);
                app.tell_conversation(&scope.workspace, conversation);
            }
            News::Status(conversation, message, status) => {
                let event = match status {
                    Status::Delivered => "message:delivered",
                    Status::Read => "message:read",
                    Status::Failed => "message:failed",
                    _ => "message:sent",
                };
                let data =
                    json!({ "conversation_id": conversation, "message_id": message, "status": status });
                app.tell(&scope.workspace, event, data);
            }
        }
    }
}

/// Tells the pages what paused by itself.
pub fn tell_paused(app: &App, scope: &Scope, paused: &Paused) {
    if let Some(campaign) = &paused.campaign {
        app.tell(&scope.workspace, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    if paused.sender.is_some() {
        app.tell(&scope.workspace, "stats:updated", json!({}));
    }
}
