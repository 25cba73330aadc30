//! The one HTTP client that providers share.

use crate::{Class, Fail, tls};
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// An HTTP client with the manners that a sender needs: redirects are not followed (a followed POST could
/// be sent twice), nothing is retried behind our back, and every call ends within a total time.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

impl Http {
    /// The total time of one call: less than half of the 30 s lease, so that a claim that was young enough
    /// when the call began is still ours when it ends.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// A client with the usual total time of [`Self::TIMEOUT`].
    pub fn new() -> Self {
        Self::with_timeout(Self::TIMEOUT)
    }

    /// A client with another total time per call. It also bounds one SMTP dialogue.
    ///
    /// # Panics
    /// Never in practice: only if the bundled TLS configuration could not be used.
    #[expect(clippy::disallowed_methods, reason = "the one place that builds the client")]
    pub fn with_timeout(timeout: Duration) -> Self {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(false))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            .timeout(timeout)
            // Shorter than the usual idle time of load balancers: a connection that the other side closed
            // just as we used it would make a message `unknown` for nothing.
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent(concat!("overture/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("the bundled TLS configuration is valid");
        Self { client, timeout }
    }

    /// The total time of one call.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The client itself, for who asks something else than to send.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

/// What a transport error of a *sending* request means: only a connection that never came to be proves
/// that nothing was sent.
pub(crate) fn transport(provider: &str, error: &reqwest::Error) -> Fail {
    // `without_url` would be enough, but the source chain may name the address as well: say less.
    if error.is_builder() {
        return Fail::new(
            Class::Config,
            format!("The address of {provider} is not usable; check the base URL."),
        );
    }
    if error.is_connect() {
        return Fail::new(
            Class::Retry,
            format!("{provider} could not be reached (no connection); nothing was sent. It is tried again."),
        );
    }
    let why = if error.is_timeout() { "did not answer in time" } else { "broke the connection" };
    Fail::new(
        Class::Unknown,
        format!("{provider} {why} after the request went out; the message may have been sent."),
    )
}

/// Why a body could not be read to its end.
pub(crate) enum Cut {
    /// More bytes than allowed.
    TooLong,
    /// The connection ended early.
    Broken,
}

/// Reads at most `limit` bytes of a body, and stops there: a broken peer must not fill our memory.
pub(crate) async fn bounded_body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Cut> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Cut::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Cut::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Longest pause that a provider may impose with `Retry-After`.
const MAX_RETRY_AFTER_MS: i64 = 60 * 60 * 1000;

/// `Retry-After` in milliseconds: seconds, or an HTTP date measured against the answer's own `Date` (so that
/// neither our clock nor theirs has to be right). At most an hour; nonsense counts as absent.
pub(crate) fn retry_after_ms(headers: &HeaderMap) -> Option<i64> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(1000)
    } else {
        let at = rfc2822::parse(value).ok()?.timestamp().as_millisecond();
        at - rfc2822::parse(text(DATE)?).ok()?.timestamp().as_millisecond()
    };
    (!value.is_empty()).then(|| wait.clamp(0, MAX_RETRY_AFTER_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_all_its_forms() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let cases = [
            ("0", Some(0)),
            ("7", Some(7_000)),
            ("86400", Some(MAX_RETRY_AFTER_MS)),
            ("99999999999999999999999", Some(MAX_RETRY_AFTER_MS)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", Some(0)),
            ("Sat, 06 Nov 2094 08:40:00 GMT", Some(MAX_RETRY_AFTER_MS)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (value, expected) in cases {
            let headers =
                HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap()), (DATE, date.parse().unwrap())]);
            assert_eq!(retry_after_ms(&headers), expected, "{value:?}");
        }
    }
}
