//! Meta's Graph API: what WhatsApp and Messenger have in common. How it is called, what its errors look like, how
//! its webhooks are signed.

pub(crate) mod batch;
mod refusal;
mod signature;

pub use batch::Item;
pub use signature::{Handshake, sign, verify};

use crate::{
    Fail, Gate, Http, gated,
    http::{bounded_body, transport},
};
use hmac::{Hmac, KeyInit, Mac};
use refusal::refusal;
use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde_json::Value;
use sha2::Sha256;
use std::sync::Arc;
use url::Url;

/// Where the Graph API is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://graph.facebook.com";
/// The version of it, unless the credentials say otherwise.
pub const VERSION: &str = "v23.0";

/// Bytes of an answer that are read; Meta's own are a few kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// The class of a code and subcode, if we know it.
pub(crate) type ClassOf = fn(u32, Option<u32>) -> Option<crate::Class>;
/// What to tell the user about a code and subcode.
pub(crate) type Meaning = fn(u32, Option<u32>) -> Option<&'static str>;

/// What one product on the Graph API means by its codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    /// `WhatsApp` or `Messenger`.
    pub(crate) name: &'static str,
    pub(crate) class_of: ClassOf,
    pub(crate) meaning: Meaning,
}

/// An account at the Graph API.
pub(crate) struct Graph {
    http: Http,
    /// Base URL and version, without a slash at the end.
    base: String,
    access_token: String,
    /// Proves to Meta that who has the token has the app as well.
    proof: String,
    pub(crate) product: Product,
}

impl Graph {
    /// Checks the shape of what an account consists of. `wrong` are the words of the product's credentials.
    pub(crate) fn open(
        http: &Http,
        product: Product,
        base_url: &str,
        version: &str,
        access_token: &str,
        app_secret: &str,
    ) -> Result<Self, Fail> {
        let wrong = |why: &str| Err(Fail::credentials(product.name, why));
        let base = Url::parse(base_url).map_err(|error| Fail::credentials(product.name, error))?;
        if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
            return wrong("the base URL is not a web address");
        }
        if !is_version(version) {
            return wrong("the version does not look like v23.0");
        }
        if access_token.trim().is_empty() || !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("the access token is empty or has spaces in it");
        }
        if app_secret.trim().is_empty() {
            return wrong(
                "the app secret is empty; without it nobody could tell Meta's webhooks from others",
            );
        }
        let base = format!("{}/{version}", base.as_str().trim_end_matches('/'));
        let proof = proof(app_secret, access_token);
        Ok(Self { http: http.clone(), base, access_token: access_token.to_owned(), proof, product })
    }

    /// A request with our credentials. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mark = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}{path}{mark}appsecret_proof={}", self.base, self.proof);
        self.http.client().request(method, url).bearer_auth(&self.access_token)
    }

    /// Sends a message: the body leaves only when the gate says so.
    pub(crate) async fn post(&self, path: &str, body: &Value, gate: Arc<dyn Gate>) -> Result<Vec<u8>, Fail> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
        let response = gated::send(self.product.name, request, body.to_string(), gate).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Only the numbers in an error body are used, and a definite status is definite without them.
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if status.is_success() { Ok(body) } else { Err(refusal(self.product, status, &headers, &body)) }
    }

    /// Asks something. What fails here was never in doubt: nothing was being sent.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Fail> {
        let name = self.product.name;
        let asked = async {
            let response = self
                .request(Method::GET, path)
                .send()
                .await
                .map_err(|error| transport(name, &error.without_url()))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
            if !status.is_success() {
                return Err(refusal(self.product, status, &headers, &body));
            }
            serde_json::from_slice(&body)
                .map_err(|_| Fail::new(crate::Class::Unknown, "The answer could not be read"))
        };
        asked.await.map_err(|fail: Fail| match fail.class {
            crate::Class::Unknown => Fail {
                class: crate::Class::Retry,
                message: format!("{name} did not give a usable answer."),
                ..fail
            },
            _ => fail,
        })
    }
}

/// `v23.0`: it becomes part of a path.
fn is_version(version: &str) -> bool {
    let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    version
        .strip_prefix('v')
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Whether a text can stand in a path as the id of a number or a page.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn proof(app_secret: &str, access_token: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(access_token.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
