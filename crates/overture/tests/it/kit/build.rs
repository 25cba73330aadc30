//! Builders with defaults: funnels, contacts, campaigns, messages.

use super::TestApp;
use domain::ids::ContactId;
use serde_json::{Value, json};
use store::contact::{self, Fields};

fn node(key: &str, kind: &str, config: Value) -> Value {
    json!({ "key": key, "type": kind, "name": key, "config": config, "x": 0.0, "y": 0.0 })
}

pub fn email(key: &str, subject: &str, body: &str) -> Value {
    node(key, "email_send", json!({ "subject": subject, "body": body }))
}

/// An e-mail in the thread of the one before it.
pub fn follow_up(key: &str, body: &str) -> Value {
    node(key, "email_send", json!({ "body": body, "thread": true }))
}

pub fn sms(key: &str, body: &str) -> Value {
    node(key, "sms_send", json!({ "body": body }))
}

pub fn wait(key: &str, ms: i64) -> Value {
    node(key, "wait", json!({ "seconds": ms / 1000 }))
}

pub fn condition(key: &str) -> Value {
    node(key, "condition", json!({}))
}

pub fn exit(key: &str) -> Value {
    node(key, "exit", json!({}))
}

pub fn edge(from: &str, to: &str) -> Value {
    json!({ "from": from, "to": to })
}

/// One node after the other, then an exit.
pub fn chain(mut nodes: Vec<Value>) -> Value {
    nodes.push(exit("END"));
    let keys: Vec<String> = nodes.iter().map(|n| n["key"].as_str().unwrap().to_owned()).collect();
    let edges: Vec<Value> = keys.windows(2).map(|pair| edge(&pair[0], &pair[1])).collect();
    json!({ "nodes": nodes, "edges": edges })
}

/// Writes one text and ends.
pub fn one_text() -> Value {
    chain(vec![sms("T1", "Hello {{ contact.last_name }}")])
}

/// Writes one e-mail and ends.
pub fn one_email() -> Value {
    chain(vec![email("E1", "Hello", "Dear {{ contact.last_name }}, shall we talk?")])
}

impl TestApp {
    /// A contact; its id.
    pub async fn contact(&self, fields: Value) -> String {
        self.admin.post("/api/contacts", fields).await["id"].as_str().unwrap().to_owned()
    }

    /// A contact with e-mail address and phone; its id.
    pub async fn ann(&self) -> String {
        self.contact(
            json!({ "email": "ann@people.example", "phone": ANN, "first_name": "Ann", "last_name": "Lee" }),
        )
        .await
    }

    /// `n` contacts with e-mail address and phone; their ids.
    pub async fn crowd(&self, n: usize) -> Vec<String> {
        let tx = self.app.db.begin().await.unwrap();
        let mut ids = Vec::with_capacity(n);
        for i in 0..n {
            let id = store::new_id(ContactId::from_uuid);
            let email = format!("p{i}@people.example");
            let fields = Fields {
                email_key: Some(email.clone()),
                email: Some(email),
                phone: Some(format!("+1415555{i:04}")),
                last_name: Some(format!("Number{i}")),
                ..Fields::default()
            };
            contact::create(&tx, &self.scope, &id, &fields, self.clock.now()).await.unwrap();
            ids.push(id.to_string());
        }
        self.app.commit(tx).await.unwrap();
        ids
    }

    /// A campaign on a graph for these contacts, started; its id.
    pub async fn campaign(&self, graph: Value, contacts: &[String]) -> String {
        self.campaign_with(graph, contacts, json!({})).await
    }

    /// The same with more settings, such as `windows`.
    pub async fn campaign_with(&self, graph: Value, contacts: &[String], more: Value) -> String {
        let funnel = self.admin.post("/api/funnels", json!({ "name": "Funnel", "graph": graph })).await;
        let mut campaign = json!({
            "name": "Spring", "funnel_id": funnel["id"], "audience": { "contact_ids": contacts },
        });
        campaign.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = self.admin.post("/api/campaigns", campaign).await["id"].as_str().unwrap().to_owned();
        self.admin.post(&format!("/api/campaigns/{id}/start"), json!({})).await;
        id
    }

    /// Numbers of a node: `self.node_of(&campaign, "E1").await["sent"]`.
    pub async fn node_of(&self, campaign: &str, key: &str) -> Value {
        let graph = self.admin.get(&format!("/api/campaigns/{campaign}/funnel")).await;
        graph["nodes"].as_array().unwrap().iter().find(|n| n["key"] == key).unwrap().clone()
    }

    /// Queues one message by hand; the message.
    pub async fn write(&self, client_id: &str, channel: &str, to: &str, text: &str) -> Value {
        let body =
            json!({ "client_id": client_id, "channel": channel, "to": to, "subject": "Hello", "text": text });
        self.admin.post("/api/messages", body).await
    }

    /// One message as it is now.
    pub async fn message(&self, id: &Value) -> Value {
        self.admin.get(&format!("/api/messages/{}", id.as_str().unwrap())).await
    }
}

/// Ann's phone.
pub const ANN: &str = "+14155550123";
