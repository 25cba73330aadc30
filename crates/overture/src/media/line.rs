//! How the object store's client speaks HTTP: with the TLS of every client of ours, following no redirect, through no
//! proxy of the environment. That client signs, and decides what is tried again.

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
        HttpService,
    },
};
use std::{error::Error, time::Duration};

/// Longest that the store may say nothing, in the middle of a file as well.
const SILENCE: Duration = Duration::from_secs(10);

/// The line to the store.
#[derive(Debug, Clone)]
pub struct Line(reqwest::Client);

impl Line {
    /// # Errors
    /// Never in practice: only if the bundled TLS configuration could not be used.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one client for the object store, whose address an operator names"
    )]
    pub fn open() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(providers::tls_config())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // The length of what comes is that of the file.
            .no_gzip()
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(SILENCE)
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent(concat!("overture/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }
}

impl HttpConnector for Line {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Line {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let url =
            url.parse().map_err(|error: url::ParseError| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let answer = self.0.execute(request).await.map_err(failed)?;
        let (parts, body) = axum::http::Response::<reqwest::Body>::from(answer).into_parts();
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body.map_err(failed))))
    }
}

/// What a failure of the line allows: one that came before the request left is tried again, one in the middle only
/// where asking twice does no harm.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else if is_cut(&error) {
        HttpErrorKind::Interrupted
    } else {
        HttpErrorKind::Unknown
    };
    HttpError::new(kind, error.without_url())
}

fn is_cut(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && (error.is_closed() || error.is_incomplete_message() || error.is_body_write_aborted())
        {
            return true;
        }
        if error.downcast_ref::<std::io::Error>().is_some() {
            return true;
        }
        source = error.source();
    }
    false
}
