//! The one error that reaches callers. Its kind decides the status; its source never leaves the server.

use axum::{
    Json,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::fmt;

/// Result of the product's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller may do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Change the input.
    Invalid,
    /// Sign in.
    Unauthenticated,
    /// Ask somebody with the right.
    Forbidden,
    /// It is not there, or not yours.
    NotFound,
    /// Look at the present state first.
    Conflict,
    /// Send less at once.
    TooLarge,
    /// Wait.
    RateLimited,
    /// The other side failed.
    Upstream,
    /// Try again shortly.
    Unavailable,
    /// Tell us.
    Internal,
}

impl Kind {
    /// HTTP status (RFC 9110) and the number of design.md section 5.
    pub const fn codes(self) -> (StatusCode, u16) {
        match self {
            Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, 4001),
            Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, 1001),
            Kind::Forbidden => (StatusCode::FORBIDDEN, 1004),
            Kind::NotFound => (StatusCode::NOT_FOUND, 404),
            Kind::Conflict => (StatusCode::CONFLICT, 4002),
            Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 413),
            Kind::RateLimited => (StatusCode::TOO_MANY_REQUESTS, 3001),
            Kind::Upstream => (StatusCode::BAD_GATEWAY, 2003),
            Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 503),
            Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 500),
        }
    }
}

/// A problem with one field of the input.
#[derive(Debug, Clone, Serialize)]
pub struct FieldError {
    /// Its name.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// An error with everything a caller needs.
#[derive(Debug)]
pub struct Error {
    /// What may be done.
    pub kind: Kind,
    /// Stable name: `contact.email_invalid`.
    pub name: &'static str,
    /// What happened and what to do, safe to show.
    pub message: String,
    /// Problems by field.
    pub fields: Vec<FieldError>,
    number: Option<u16>,
    retry_after: u64,
    source: Option<anyhow::Error>,
}

impl Error {
    /// An error by kind, name and message.
    pub fn new(kind: Kind, name: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            name,
            message: message.into(),
            fields: vec![],
            number: None,
            retry_after: 1,
            source: None,
        }
    }

    /// Another number than the kind's own.
    pub fn number(mut self, number: u16) -> Self {
        self.number = Some(number);
        self
    }

    /// In so many seconds it may be tried again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = seconds;
        self
    }

    /// The input cannot be used.
    pub fn invalid(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, name, message)
    }

    /// One field of the input cannot be used.
    pub fn field(name: &'static str, field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = Self::new(Kind::Invalid, name, message.clone());
        error.fields.push(FieldError { field: field.to_owned(), message });
        error
    }

    /// It is not there.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("This {what} does not exist"))
    }

    /// The present state does not allow it.
    pub fn conflict(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, name, message)
    }

    /// Keeps the cause for the log.
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source:#}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

fn internal(source: anyhow::Error) -> Error {
    Error {
        source: Some(source),
        ..Error::new(
            Kind::Internal,
            "internal",
            "Something went wrong on the server. Try again; if it happens again, report the request id",
        )
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(what) => Error::not_found(what),
            store::Error::Exists => Error::conflict("exists", "This exists already"),
            store::Error::Conflict(text) => Error::conflict("conflict", capitalised(&text)),
            store::Error::BadCursor => Error::invalid(
                "cursor.invalid",
                "This cursor does not belong to this list. Start from the first page",
            ),
            store::Error::Unusable(text) => Error::new(Kind::Unavailable, "database.unusable", text),
            store::Error::Database(source) => internal(source.into()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(source: anyhow::Error) -> Self {
        internal(source)
    }
}

impl From<serde_json::Error> for Error {
    fn from(source: serde_json::Error) -> Self {
        internal(source.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        internal(source.into())
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// Put into the response's extensions; the outermost layer adds time and request id to the body.
#[derive(Clone)]
pub struct Body(pub serde_json::Value);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.kind == Kind::Internal {
            tracing::error!(error = %self, "request failed");
        }
        let (kind, number) = self.kind.codes();
        // A number that is a status says exactly which one.
        let status = self.number.and_then(|own| StatusCode::from_u16(own).ok()).unwrap_or(kind);
        let body = serde_json::json!({
            "success": false,
            "error": {
                "code": self.number.unwrap_or(number),
                "name": self.name,
                "message": self.message,
                "details": self.message,
                "fields": self.fields,
            },
            "timestamp": domain::time::rfc3339(crate::clock::real_ms()),
        });
        let mut response = (status, Json(&body)).into_response();
        if matches!(self.kind, Kind::RateLimited | Kind::Unavailable) {
            response.headers_mut().insert("retry-after", HeaderValue::from(self.retry_after));
        }
        response.extensions_mut().insert(Body(body));
        response
    }
}
