//! Handing in a mail, and asking for one by its Message-ID.

use super::{Gmail, of_a_question, refusal::refused};
use crate::{
    Class, Fail, Gate, Outgoing, Receipt, gated,
    http::{Cut, bounded_body, transport},
    smtp::render,
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Bytes of an answer that are read, where it holds no mail.
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A mail as Gmail names it.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    #[serde(default, rename = "threadId")]
    pub(super) thread_id: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    messages: Vec<Named>,
}

pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An answer that has come whole.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Result<Vec<u8>, Cut>,
}

impl Said {
    async fn of(response: reqwest::Response, limit: usize) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: bounded_body(response, limit).await }
    }

    pub(super) fn refusal(self) -> Fail {
        refused(self.status, &self.headers, &self.body.unwrap_or_default())
    }
}

impl Gmail {
    /// A request with a token. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.client().request(method, format!("{}{path}", self.base)).bearer_auth(token)
    }

    /// A question. A token that ended early is renewed, once.
    pub(super) async fn ask(&self, path: &str, limit: usize) -> Result<Said, Fail> {
        let mut token = self.access.token(None).await?;
        for again in [true, false] {
            let request = self.request(Method::GET, path, &token);
            let response = request.send().await;
            let response =
                response.map_err(|error| of_a_question(transport("Gmail", &error.without_url())))?;
            let said = Said::of(response, limit).await;
            if !(again && said.status == StatusCode::UNAUTHORIZED) {
                return Ok(said);
            }
            token = self.access.token(Some(&token)).await?;
        }
        Err(Fail::new(Class::Reauth, "Gmail refused the access. Reconnect the account."))
    }

    /// What a question was answered with, as JSON.
    pub(super) async fn told<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Fail> {
        let said = self.ask(path, MAX_ANSWER).await?;
        if said.status != StatusCode::OK {
            return Err(of_a_question(said.refusal()));
        }
        let body = said.body.unwrap_or_default();
        serde_json::from_slice(&body).map_err(|_| {
            Fail::new(Class::Retry, "Gmail answered something else than asked; it is asked again.")
        })
    }

    /// The address of the account, and where its history stands.
    pub(super) async fn profile(&self) -> Result<(String, u64), Fail> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Profile {
            email_address: String,
            history_id: String,
        }
        let it: Profile = self.told("/profile").await?;
        let history = it.history_id.parse().map_err(|_| {
            Fail::new(Class::Retry, "Gmail did not say where the mailbox stands; it is asked again.")
        })?;
        Ok((it.email_address, history))
    }

    /// The mail with this Message-ID, wherever in the mailbox it lies.
    pub(super) async fn by_message_id(&self, id: &str) -> Result<Option<Named>, Fail> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &format!("rfc822msgid:{id}"))
            .append_pair("includeSpamTrash", "true")
            .append_pair("maxResults", "1")
            .finish();
        let listed: Listed = self.told(&format!("/messages?{query}")).await?;
        Ok(listed.messages.into_iter().find(|named| is_id(&named.id)))
    }

    pub(super) async fn deliver(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let mut mail = json!({ "raw": URL_SAFE.encode(render(message)?) });
        if let Some(parent) = &message.in_reply_to
            && let Some(thread) = self.thread_of(parent).await?
        {
            mail["threadId"] = json!(thread);
        }
        let mail = mail.to_string();
        let mut token = self.access.token(None).await?;
        for again in [true, false] {
            let request =
                self.request(Method::POST, "/messages/send", &token).header(CONTENT_TYPE, "application/json");
            let response = gated::send("Gmail", request, mail.clone(), gate.clone()).await?;
            let said = Said::of(response, MAX_ANSWER).await;
            match said.status {
                StatusCode::OK => return receipt(&said.body.unwrap_or_default()),
                // Refused before it was read: it can be sent again with another token.
                StatusCode::UNAUTHORIZED if again => token = self.access.token(Some(&token)).await?,
                _ => return Err(said.refusal()),
            }
        }
        Err(Fail::new(Class::Reauth, "Gmail refused the access. Nothing was sent; reconnect the account."))
    }

    /// The thread of the mail that this one follows. One that cannot be found is no reason not to send: programs join
    /// threads by References as well.
    async fn thread_of(&self, parent: &str) -> Result<Option<String>, Fail> {
        match self.by_message_id(parent).await {
            Ok(found) => Ok(found.map(|named| named.thread_id).filter(|id| is_id(id))),
            Err(fail) if matches!(fail.class, Class::Reauth | Class::Config | Class::Throttle) => Err(fail),
            Err(fail) => {
                tracing::debug!(class = %fail.class, "the thread of a mail could not be looked up");
                Ok(None)
            }
        }
    }
}

fn receipt(body: &[u8]) -> Result<Receipt, Fail> {
    let named: Option<Named> = serde_json::from_slice(body).ok();
    match named.filter(|named| is_id(&named.id)) {
        Some(named) => Ok(Receipt { provider_message_id: named.id }),
        None => Err(Fail::new(
            Class::Unknown,
            "Gmail said yes, but its answer names no message; the message may have been sent.",
        )),
    }
}
