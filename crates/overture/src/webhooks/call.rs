//! One delivery on its way: what is said, and what the other side makes of it.

use super::sign;
use crate::{
    app::App,
    clock::boot_ms,
    error::{Error, Result},
    keys::random,
};
use domain::{ids::ContactId, webhook::STEP};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{
    Scope, contact,
    delivery::{Due, Outcome},
    message,
    webhook::Webhook,
};

/// So much of an answer is kept, in bytes.
const KEPT_OF_AN_ANSWER: usize = 1024;

/// The body of the request: what happened, when, and to what. What messages say, and who a contact is, is looked up when
/// it is told, so that what was erased in between is not told.
pub async fn body(
    app: &App,
    scope: &Scope,
    webhook: &Webhook,
    kind: &str,
    at: store::At,
    data: &str,
    message: Option<&domain::ids::MessageId>,
) -> Result<String> {
    let mut data: Value = serde_json::from_str(data)?;
    if let (1, Some(id)) = (webhook.include_content, message) {
        data["content"] = match message::get(&app.db, scope, id).await {
            Ok(m) => json!({
                "conversation_id": m.conversation_id, "channel": m.channel, "direction": m.direction,
                "from": m.from_address, "to": m.to_address, "subject": m.subject, "text": m.text,
            }),
            Err(store::Error::NotFound(_)) => Value::Null,
            Err(error) => return Err(error.into()),
        };
    }
    if kind == STEP && webhook.include_content == 1 {
        let who: ContactId = serde_json::from_value(data["contact_id"].clone())?;
        data["contact"] = match contact::get(&app.db, scope, &who).await {
            Ok(contact) => serde_json::to_value(contact)?,
            Err(store::Error::NotFound(_)) => Value::Null,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(json!({ "type": kind, "timestamp": at, "data": data }).to_string())
}

/// The place that a webhook's secrets are sealed for.
pub fn place(id: &str) -> String {
    format!("webhooks/{id}/secret")
}

/// The secrets that sign now, the newest first.
fn secrets(app: &App, webhook: &Webhook) -> Result<Vec<String>> {
    let place = place(webhook.id.as_str());
    let mut all = vec![app.keys.unseal(&place, &webhook.secret)?];
    if let (Some(old), Some(until)) = (&webhook.old_secret, webhook.old_secret_until)
        && app.real_ms() < until.0
    {
        all.push(app.keys.unseal(&place, old)?);
    }
    Ok(all)
}

fn headers(app: &App, webhook: &Webhook, due: &Due, body: &str) -> Result<HeaderMap> {
    let id = due.id.as_str();
    // The receiver compares it with its own clock: real time, also where ours runs faster.
    let seconds = app.real_ms() / 1_000;
    let signatures = sign::signatures(&secrets(app, webhook)?, id, seconds, body)?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(|e| Error::from(anyhow::Error::from(e)));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", value(id)?);
    headers.insert("webhook-timestamp", value(&seconds.to_string())?);
    headers.insert("webhook-signature", value(&signatures)?);
    // A step is told once per visit: whoever has heard this key has heard it all.
    if due.kind == STEP
        && let Some(key) = serde_json::from_str::<Value>(&due.data)?["idempotency_key"].as_str()
    {
        headers.insert("idempotency-key", value(key)?);
    }
    Ok(headers)
}

/// Makes one try.
pub async fn deliver(app: &Arc<App>, webhook: &Webhook, due: Due) -> Outcome {
    let (at, began) = (app.clock.now(), boot_ms());
    let said = say(app, webhook, &due).await;
    let (answered, answer, problem) = match said {
        Ok((status, answer)) => {
            let problem = match status {
                200..300 => None,
                300..400 => {
                    Some("It redirects, which is not followed. Enter the address that it redirects to")
                }
                _ => Some("It answered with an error"),
            };
            (Some(i64::from(status)), answer, problem.map(str::to_owned))
        }
        Err(problem) => (None, String::new(), Some(problem)),
    };
    let random = f64::from(u16::from_le_bytes(random::<2>())) / f64::from(u16::MAX);
    let again_at = match (&problem, answered) {
        (None, _) | (_, Some(410)) => None,
        _ => domain::webhook::wait_ms(due.tries, random).map(|wait| app.clock.now() + wait),
    };
    Outcome { due, at, duration_ms: boot_ms() - began, answered, answer, problem, again_at }
}

async fn say(app: &App, webhook: &Webhook, due: &Due) -> Result<(u16, String), String> {
    let scope = Scope::system(due.workspace_id.clone());
    let ready = async {
        let body =
            body(app, &scope, webhook, &due.kind, due.created_at, &due.data, due.message_id.as_ref()).await?;
        let headers = headers(app, webhook, due, &body)?;
        Ok::<_, Error>((body, headers))
    };
    let (body, headers) = ready.await.map_err(|error| {
        tracing::error!(delivery = %due.id, %error, "a delivery could not be prepared");
        "It could not be prepared; the server's log says why".to_owned()
    })?;
    let timeout = Duration::from_millis(app.config.provider_timeout_ms);
    let answer = app.egress.post(&webhook.url, headers, body, timeout).await.map_err(|refused| refused.0)?;
    let kept = &answer.body[..answer.body.len().min(KEPT_OF_AN_ANSWER)];
    // PostgreSQL takes no NUL in a text.
    Ok((answer.status, String::from_utf8_lossy(kept).replace('\0', "\u{fffd}")))
}
