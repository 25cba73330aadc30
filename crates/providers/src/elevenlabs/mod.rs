//! Speech by ElevenLabs: a text in, an MP3 of a constant bit rate out. It is no channel of its own; who drops voicemails
//! has it spoken there first.

mod refusal;

pub use refusal::class_of;

use crate::{
    Class, Fail, Http,
    http::{bounded_body, transport},
};
use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt;
use url::Url;

/// Where ElevenLabs is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://api.elevenlabs.io";
/// The model, unless the credentials say otherwise.
pub const MODEL: &str = "eleven_multilingual_v2";
/// What comes back: 128 kbit a second.
const FORMAT: &str = "mp3_44100_128";
/// Bytes of a millisecond in that format.
const BYTES_PER_MS: usize = 16;
/// Bytes of an answer that are read: ten minutes of speech.
const MAX_AUDIO: usize = 10 * 60_000 * BYTES_PER_MS;

/// A voice of an account.
pub struct Voice {
    http: Http,
    base: String,
    api_key: String,
    voice_id: String,
    model_id: String,
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice").field("voice_id", &self.voice_id).finish_non_exhaustive()
    }
}

/// A spoken text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// The bytes.
    pub mp3: Vec<u8>,
}

impl Speech {
    /// How long it lasts, in milliseconds.
    pub fn duration_ms(&self) -> i64 {
        i64::try_from(self.mp3.len() / BYTES_PER_MS).unwrap_or(i64::MAX)
    }
}

impl Voice {
    /// Checks the shape of what a voice consists of; nobody is called.
    pub fn open(
        http: &Http,
        base_url: &str,
        api_key: &str,
        voice_id: &str,
        model_id: &str,
    ) -> Result<Self, Fail> {
        let wrong = |why: &str| Err(Fail::credentials("ElevenLabs", why));
        let base = Url::parse(base_url).map_err(|error| Fail::credentials("ElevenLabs", error))?;
        if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
            return wrong("the base URL is not a web address");
        }
        if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("the API key is empty or has spaces in it");
        }
        let is_name = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        if !is_name(voice_id) || voice_id.starts_with('.') {
            return wrong("the voice ID has letters and digits only, such as 21m00Tcm4TlvDq8ikWAM");
        }
        if !is_name(model_id) {
            return wrong(
                "the model has letters, digits and underscores only, such as eleven_multilingual_v2",
            );
        }
        Ok(Self {
            http: http.clone(),
            base: base.as_str().trim_end_matches('/').to_owned(),
            api_key: api_key.to_owned(),
            voice_id: voice_id.to_owned(),
            model_id: model_id.to_owned(),
        })
    }

    /// What makes two recordings the same: voice, model, format and text, as SHA-256 in hexadecimal.
    pub fn key(&self, text: &str) -> String {
        let mut hash = Sha256::new();
        for part in [&self.voice_id, &self.model_id, FORMAT, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A request with our key. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.client().request(method, format!("{}{path}", self.base)).header("xi-api-key", &self.api_key)
    }

    /// Whether the key is good and the voice is there.
    pub async fn check(&self) -> Result<(), Fail> {
        let path = format!("/v1/voices/{}", self.voice_id);
        let response = self.request(Method::GET, &path).send().await.map_err(|error| lost(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, 1024 * 1024).await.unwrap_or_default();
        // A key that may speak and nothing else is good enough.
        if status.is_success() || refusal::says(&body).as_deref() == Some("missing_permissions") {
            return Ok(());
        }
        Err(refusal::refusal(status, &headers, &body))
    }

    /// Speaks a text. No failure leaves a doubt about a message: nothing was sent to anybody.
    pub async fn speak(&self, text: &str) -> Result<Speech, Fail> {
        let path = format!("/v1/text-to-speech/{}?output_format={FORMAT}", self.voice_id);
        let body = json!({ "text": text, "model_id": self.model_id });
        let request = self.request(Method::POST, &path).header(CONTENT_TYPE, "application/json");
        let response = request.body(body.to_string()).send().await.map_err(|error| lost(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_AUDIO).await;
        if !status.is_success() {
            return Err(refusal::refusal(status, &headers, &body.unwrap_or_default()));
        }
        match body {
            Ok(mp3) if is_mp3(&mp3) => Ok(Speech { mp3 }),
            _ => {
                let message = "ElevenLabs gave something else than a whole recording. Nothing was sent; it is tried again.";
                Err(Fail::new(Class::Retry, message))
            }
        }
    }
}

/// A tag of names, or the beginning of a frame.
fn is_mp3(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0)
}

/// Whatever became of the request: no message was under way.
fn lost(error: &reqwest::Error) -> Fail {
    let fail = transport("ElevenLabs", error);
    match fail.class {
        Class::Unknown => {
            Fail::new(Class::Retry, "ElevenLabs did not answer in time. Nothing was sent; it is tried again.")
        }
        _ => fail,
    }
}
