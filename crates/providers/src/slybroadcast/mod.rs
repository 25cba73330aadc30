//! Ringless voicemail through Slybroadcast: a recording that it fetches from us is dropped into somebody's voicemail box.
//! The recording is spoken by ElevenLabs, whose account is part of the sender.

mod answer;
mod send;
mod webhook;

pub use answer::class_of;
pub use webhook::{parse, phone};

use crate::{
    Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt,
    elevenlabs::{self, Voice},
    http::{bounded_body, transport},
};
use answer::Answer;
use async_trait::async_trait;
use domain::Channel;
use reqwest::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Where Slybroadcast is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://www.mobile-sphere.com/gateway";
/// Shortest recording that it takes, in milliseconds.
pub const SHORTEST_MS: i64 = 5_000;

/// Bytes of an answer that are read; its own are three lines.
const MAX_ANSWER: usize = 64 * 1024;

/// An account that drops voicemails, and the voice that speaks them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Slybroadcast")]
struct Credentials {
    /// E-mail address of the Slybroadcast account.
    #[schemars(title = "Slybroadcast user", length(min = 1))]
    uid: String,
    /// Password of the Slybroadcast account.
    #[schemars(title = "Slybroadcast password", length(min = 1), extend("format" = "password"))]
    password: String,
    /// API key from the ElevenLabs settings. It needs access to text to speech.
    #[schemars(title = "ElevenLabs API key", length(min = 1), extend("format" = "password"))]
    elevenlabs_api_key: String,
    /// ID of the voice that speaks, from My Voices at ElevenLabs.
    #[schemars(title = "Voice ID", length(min = 1))]
    voice_id: String,
    /// Model that speaks.
    #[serde(default = "default_model")]
    #[schemars(title = "Model")]
    model_id: String,
    /// Another address of Slybroadcast, for a proxy or a test server.
    #[serde(default = "default_base_url")]
    #[schemars(title = "Base URL")]
    base_url: String,
    /// Another address of ElevenLabs, for a proxy or a test server.
    #[serde(default = "default_elevenlabs_base_url")]
    #[schemars(title = "ElevenLabs base URL")]
    elevenlabs_base_url: String,
}

fn default_model() -> String {
    elevenlabs::MODEL.to_owned()
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

fn default_elevenlabs_base_url() -> String {
    elevenlabs::BASE_URL.to_owned()
}

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "slybroadcast",
        name: "Slybroadcast",
        channel: Channel::Voicemail,
        docs: "https://www.slybroadcast.com/documentation.php",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let c: Credentials = serde_json::from_value(credentials.clone())
        .map_err(|error| Fail::credentials("Slybroadcast", error))?;
    let wrong = |why: &str| Err(Fail::credentials("Slybroadcast", why));
    if c.uid.trim().is_empty() || c.password.is_empty() {
        return wrong("the user or the password is empty");
    }
    let base = Url::parse(&c.base_url).map_err(|error| Fail::credentials("Slybroadcast", error))?;
    if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
        return wrong("the base URL is not a web address");
    }
    let voice = Voice::open(http, &c.elevenlabs_base_url, &c.elevenlabs_api_key, &c.voice_id, &c.model_id)?;
    let url = format!("{}/vmb.php", base.as_str().trim_end_matches('/'));
    Ok(Box::new(Slybroadcast { http: http.clone(), url, uid: c.uid, password: c.password, voice }))
}

/// One account.
struct Slybroadcast {
    http: Http,
    url: String,
    uid: String,
    password: String,
    voice: Voice,
}

impl Slybroadcast {
    /// A form with our credentials.
    fn form<V: AsRef<str>>(&self, fields: &[(&str, V)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("c_uid", &self.uid).append_pair("c_password", &self.password);
        form.extend_pairs(fields).finish()
    }

    fn request(&self) -> reqwest::RequestBuilder {
        self.http.client().post(&self.url).header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// Asks what is left of the account. Nothing is in doubt when it fails: nothing was being sent.
    async fn ask_what_is_left(&self) -> Result<(), Fail> {
        let unusable =
            || Fail::new(Class::Retry, "Slybroadcast did not give a usable answer. Try again in a minute.");
        let request = self.request().body(self.form(&[("remain_message", "1")]));
        let response = request.send().await.map_err(|error| match transport("Slybroadcast", &error) {
            fail if fail.class == Class::Unknown => unusable(),
            fail => fail,
        })?;
        let status = response.status();
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if status.as_u16() == 404 {
            return Err(Fail::credentials("Slybroadcast", "there is nothing at the base URL"));
        }
        match Answer::read(&body) {
            Some(Answer::Refused(said)) => Err(answer::refusal(&said)),
            _ if status.is_success() && answer::remaining(&body) == Some(0) => {
                let message = "Slybroadcast has no messages left for this account. Buy some, and test again.";
                Err(Fail::new(Class::Config, message))
            }
            _ if status.is_success() && answer::remaining(&body).is_some() => Ok(()),
            _ => Err(unusable()),
        }
    }
}

#[async_trait]
impl Api for Slybroadcast {
    async fn check(&self) -> Result<(), Fail> {
        self.ask_what_is_left().await?;
        self.voice.check().await
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    /// A campaign is asked after by its session, which is what a lost answer has not told: only a postback can tell.
    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }

    fn voice(&self) -> Option<&Voice> {
        Some(&self.voice)
    }
}
