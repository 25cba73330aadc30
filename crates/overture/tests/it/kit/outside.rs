//! The outside world: the sandbox's faults and ledgers, and what providers post to us.

use super::{Answer, Client, PUBLIC_URL, TestApp, World, our_number};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;

impl World {
    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.http_url());
        let request = self.client.request(method, url);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Orders one fault: the next `count` meet it.
    pub async fn fault(&self, provider: &str, kind: &str, count: u32) {
        self.order(json!({ "provider": provider, "kind": kind, "count": count })).await;
    }

    pub async fn order(&self, fault: Value) {
        self.ask(reqwest::Method::POST, "fault", Some(&fault)).await;
    }

    pub async fn clear_faults(&self) {
        self.ask(reqwest::Method::DELETE, "fault", None).await;
    }

    /// What DNS says of a name from now on; `None`: nobody answers.
    pub async fn dns(&self, name: &str, kind: &str, values: Option<&[&str]>) {
        let entry = json!({ "name": name, "kind": kind, "values": values });
        self.ask(reqwest::Method::POST, "dns", Some(&entry)).await;
    }

    /// How often which fault has struck.
    pub async fn fired(&self) -> Value {
        self.ask(reqwest::Method::GET, "fault", None).await["fired"].clone()
    }

    /// How many messages the outside took on a channel. No message may have been taken twice.
    pub async fn taken(&self, channel: &str) -> u64 {
        let state = self.ask(reqwest::Method::GET, "state", None).await;
        let counts = &state["channels"][channel];
        assert_eq!(counts["duplicates"], 0, "a message was taken twice: {counts}");
        counts["distinct"].as_u64().unwrap()
    }

    /// How many came to the outside on a channel, those that came twice among them.
    pub async fn received(&self, channel: &str) -> u64 {
        let state = self.ask(reqwest::Method::GET, "state", None).await;
        state["channels"][channel]["received"].as_u64().unwrap()
    }

    /// What the outside took on a channel, newest first.
    pub async fn letters(&self, channel: &str) -> Vec<Value> {
        self.newest(channel, 1_000).await
    }

    /// The newest of them, at most 1,000.
    pub async fn newest(&self, channel: &str, count: u64) -> Vec<Value> {
        let path = format!("messages?channel={channel}&limit={count}");
        let found = self.ask(reqwest::Method::GET, &path, None).await;
        found["data"].as_array().unwrap().clone()
    }

    /// How many texts were spoken for money.
    pub async fn spoken(&self) -> u64 {
        self.ask(reqwest::Method::GET, "state", None).await["spoken"]["texts"].as_u64().unwrap()
    }

    /// Does something to an account at Google; what lies in its mailbox then.
    pub async fn at_google(&self, order: Value) -> Vec<Value> {
        let told = self.ask(reqwest::Method::POST, "gmail", Some(&order)).await;
        told["mails"].as_array().unwrap().clone()
    }

    /// How often Google gave an access token for a refresh token.
    pub async fn tokens_fetched(&self) -> u64 {
        self.ask(reqwest::Method::GET, "state", None).await["gmail"]["refreshed"].as_u64().unwrap()
    }

    /// A template of the account of a number becomes another one, without anybody being told.
    pub async fn template(&self, number: &str, name: &str, status: &str, reason: Option<&str>) {
        let order = json!({
            "account": number.trim_start_matches('+'), "name": name, "language": "en_US", "status": status,
            "reason": reason, "tell": false,
        });
        self.ask(reqwest::Method::POST, "template", Some(&order)).await;
    }

    /// Somebody answers the last mail that they got.
    pub async fn answers(&self, from: &str, text: &str) {
        let reply = json!({ "channel": "email", "to": from, "text": text });
        self.ask(reqwest::Method::POST, "reply", Some(&reply)).await;
    }

    /// Goes where a browser is sent; where it is sent from there.
    pub async fn follow(&self, url: &str) -> (u16, Option<String>) {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = client.get(url).send().await.unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (answer.status().as_u16(), to)
    }

    /// How often somebody was opted in at Bonzo.
    pub async fn opted_in(&self) -> u64 {
        self.ask(reqwest::Method::GET, "state", None).await["opted_in"].as_u64().unwrap()
    }

    /// When each message was taken first, in real milliseconds, by its key.
    pub async fn times(&self, channel: &str) -> BTreeMap<String, i64> {
        let found = self.ask(reqwest::Method::GET, &format!("ledger?channel={channel}&times=1"), None).await;
        let times = found["times"].as_object().unwrap();
        times.iter().map(|(key, at)| (key.clone(), at.as_i64().unwrap())).collect()
    }
}

/// A webhook on its way to us.
#[derive(Debug, Clone)]
pub struct Post {
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Post {
    /// As Twilio signs it.
    pub fn twilio(path: &str, params: &[(&str, &str)]) -> Self {
        let params: Vec<(String, String)> =
            params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
        Self::twilio_bytes(path, body.into_bytes())
    }

    /// As Twilio signs it, whatever the bytes are.
    pub fn twilio_bytes(path: &str, body: Vec<u8>) -> Self {
        let params: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
        let signature =
            providers::twilio::sign(sandbox::Options::AUTH_TOKEN, &format!("{PUBLIC_URL}{path}"), &params);
        let form = "application/x-www-form-urlencoded".to_owned();
        Self {
            path: path.into(),
            headers: vec![("x-twilio-signature", signature), ("content-type", form)],
            body,
        }
    }

    /// A text that came in.
    pub fn text(sid: &str, from: &str, text: &str) -> Self {
        let to = our_number(1);
        Self::twilio(
            "/api/twilio/inbound-sms",
            &[("MessageSid", sid), ("From", from), ("To", &to), ("Body", text)],
        )
    }

    /// News of a text that went out: `ours` is our message id as in the callback's address.
    pub fn status(sid: &str, ours: Option<&str>, status: &str, code: Option<&str>) -> Self {
        let path = match ours {
            Some(id) => format!("/api/twilio/status?m={id}"),
            None => "/api/twilio/status".to_owned(),
        };
        let from = our_number(1);
        let mut params = vec![("MessageSid", sid), ("From", from.as_str()), ("MessageStatus", status)];
        params.extend(code.map(|code| ("ErrorCode", code)));
        Self::twilio(&path, &params)
    }

    /// A raw mail, signed.
    pub fn mail(sender: &str, raw: impl Into<Vec<u8>>) -> Self {
        let body = raw.into();
        let mut mac = Hmac::<Sha256>::new_from_slice(sandbox::Options::EMAIL_SECRET.as_bytes()).unwrap();
        mac.update(&body);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = vec![
            ("x-overture-signature", format!("sha256={hex}")),
            ("content-type", "message/rfc822".into()),
        ];
        Self { path: format!("/webhooks/email?sender={sender}"), headers, body }
    }

    /// As Meta signs it, whatever the bytes are.
    pub fn meta(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let signature = providers::graph::sign(sandbox::Options::META_SECRET, &body);
        let headers = vec![("x-hub-signature-256", signature), ("content-type", "application/json".into())];
        Self { path: path.into(), headers, body }
    }

    /// As TikTok signs it now, whatever the bytes are.
    pub fn tiktok(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let (body, now) = (body.into(), overture::clock::real_ms() / 1_000);
        let signature = providers::tiktok::sign(sandbox::Options::TIKTOK_SECRET, &body, now);
        let headers = vec![("tiktok-signature", signature), ("content-type", "application/json".into())];
        Self { path: path.into(), headers, body }
    }

    pub async fn to(&self, client: &Client) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.raw("POST", &self.path, &headers, self.body.clone()).await
    }
}

impl TestApp {
    /// Delivers a webhook, which must be taken, and lets it have its effects.
    pub async fn deliver(&self, post: Post) {
        let answer = post.to(&Client::anonymous(&self.app)).await;
        assert_eq!(answer.status, 200, "{} {}", post.path, String::from_utf8_lossy(&answer.bytes));
        self.run_due().await;
    }

    /// Dead letters, newest first.
    pub async fn dead_letters(&self) -> Vec<Value> {
        self.admin.get("/api/dead-letters").await["data"].as_array().unwrap().clone()
    }
}
