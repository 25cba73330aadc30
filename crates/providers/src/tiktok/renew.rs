//! Access that ends after a day, and the token that gives it anew. TikTok may give another such token with it, and then
//! knows the old one no more.

use super::{MAX_ANSWER, Tiktok, send::is_token};
use crate::{
    Class, Fail, Renewal, Renewed,
    http::{bounded_body, retry_after_ms, transport},
};
use async_trait::async_trait;
use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, json};

/// How long an access lasts where TikTok does not say: a day, in seconds.
const USUAL_SECONDS: i64 = 86_400;
/// No token is believed to last longer: ten years, in seconds.
const LONGEST_SECONDS: i64 = 315_360_000;

/// What renews the access of an account.
pub(super) struct Key {
    pub(super) app_id: String,
    pub(super) app_secret: String,
    pub(super) refresh_token: String,
}

#[derive(Deserialize)]
struct Said {
    code: i64,
    #[serde(default)]
    data: Option<Given>,
}

#[derive(Deserialize)]
struct Given {
    /// Empty where there is none, as beside a refusal.
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    refresh_token_expires_in: Option<i64>,
    #[serde(default)]
    open_id: Option<String>,
}

fn ms(seconds: i64) -> i64 {
    seconds.clamp(0, LONGEST_SECONDS) * 1_000
}

#[async_trait]
impl Renewal for Tiktok {
    async fn renew(&self) -> Result<Renewed, Fail> {
        let lacks = || Fail::new(Class::Config, "This TikTok account has no refresh token.");
        let key = self.key.as_ref().ok_or_else(lacks)?;
        let body = json!({
            "client_id": key.app_id, "client_secret": key.app_secret, "grant_type": "refresh_token",
            "refresh_token": key.refresh_token,
        });
        // No access token goes with it: the one that we have may have ended.
        let request = self.http.client().post(format!("{}/tt_user/oauth2/refresh_token/", self.base));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let response = request.send().await.map_err(|error| {
            // Nothing is sent to anybody by it: it is asked again.
            let lost = transport("TikTok", &error.without_url());
            Fail {
                class: Class::Retry,
                message: "TikTok could not be reached to renew the access.".into(),
                ..lost
            }
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        let said = serde_json::from_slice::<Said>(&body).ok();
        let code = said.as_ref().map(|said| said.code);
        let given = said.filter(|said| status == StatusCode::OK && said.code == 0).and_then(|said| said.data);
        let is_ours = |given: &Given| {
            let other = given.open_id.as_deref().filter(|id| !id.is_empty() && !self.business_id.is_empty());
            other.is_none_or(|id| id == self.business_id)
        };
        match given.filter(|given| is_token(&given.access_token)) {
            Some(given) if !is_ours(&given) => {
                let message =
                    "TikTok gave the access of another account than this sender's; check its refresh token.";
                Err(Fail::new(Class::Config, message))
            }
            Some(given) => Ok(kept(given)),
            None => {
                let asked = retry_after_ms(&headers);
                Err(refusal(status, code.filter(|code| *code != 0), asked))
            }
        }
    }
}

fn kept(given: Given) -> Renewed {
    let mut fields = Map::new();
    fields.insert("access_token".into(), json!(given.access_token));
    if let Some(token) = given.refresh_token.filter(|token| is_token(token)) {
        fields.insert("refresh_token".into(), json!(token));
    }
    Renewed {
        fields,
        lasts_ms: ms(given.expires_in.filter(|seconds| *seconds > 0).unwrap_or(USUAL_SECONDS)),
        renewable_ms: given.refresh_token_expires_in.filter(|seconds| *seconds > 0).map(ms),
    }
}

/// Whatever TikTok says no to, saying it again does not help; what it cannot say now, it may later.
fn refusal(status: StatusCode, code: Option<i64>, asked: Option<i64>) -> Fail {
    let class = match (status.as_u16(), code) {
        (429, _) | (_, Some(40100)) => Class::Throttle,
        (_, Some(50000..=59999)) | (408 | 425 | 500.., _) | (200, None) => Class::Retry,
        (_, Some(40001)) => Class::Config,
        _ => Class::Reauth,
    };
    let message = match class {
        Class::Retry | Class::Throttle => "TikTok did not renew the access for now; it is asked again.",
        Class::Config => {
            "TikTok does not let the app renew the access; check its ID, its secret and its scopes."
        }
        _ => {
            "TikTok does not renew the access any more: the refresh token has ended, or the account has taken the app's permission away. Authorise the app again and enter the new tokens."
        }
    };
    let code = code.map_or_else(|| status.as_u16().to_string(), |code| code.to_string());
    Fail { retry_after_ms: asked, ..Fail::new(class, message).with_code(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_every_refusal() {
        use Class::{Config, Reauth, Retry, Throttle};
        let table = [
            (200, Some(40100), Throttle),
            (429, None, Throttle),
            (200, Some(40001), Config),
            (200, Some(40002), Reauth),
            (200, Some(40105), Reauth),
            (400, None, Reauth),
            (401, None, Reauth),
            (200, Some(50002), Retry),
            (200, None, Retry),
            (500, None, Retry),
            (503, Some(40002), Retry),
        ];
        for (status, code, class) in table {
            let fail = refusal(StatusCode::from_u16(status).unwrap(), code, Some(7_000));
            assert_eq!((fail.class, fail.retry_after_ms), (class, Some(7_000)), "{status} {code:?}");
        }
    }

    #[test]
    fn what_tiktok_gives_is_kept_and_nothing_that_is_no_token() {
        let given = |token: &str, lasts| Given {
            access_token: "act.2".into(),
            refresh_token: Some(token.into()),
            expires_in: lasts,
            refresh_token_expires_in: Some(31_536_000),
            open_id: None,
        };
        let new = kept(given("rft.2", Some(86_400)));
        assert_eq!(json!(new.fields), json!({"access_token": "act.2", "refresh_token": "rft.2"}));
        assert_eq!((new.lasts_ms, new.renewable_ms), (86_400_000, Some(31_536_000_000)));
        assert!(!format!("{new:?}").contains("act.2"));
        let odd = kept(given("", Some(-1)));
        assert_eq!((json!(odd.fields), odd.lasts_ms), (json!({"access_token": "act.2"}), 86_400_000));
        assert_eq!(kept(given("x", Some(i64::MAX))).lasts_ms, LONGEST_SECONDS * 1_000);
    }
}
