//! What the operations of the document refer to.

use serde_json::{Map, Value, json};

/// Headers that many operations take.
pub fn parameters() -> Value {
    let csrf = |required: bool| {
        json!({
            "name": "X-CSRF-Token", "in": "header", "required": required, "schema": { "type": "string" },
            "description": "From GET /api/csrf-token. Needed where a cookie says who asks; programs with a key leave it out.",
        })
    };
    json!({
        "CsrfToken": csrf(false),
        "NeededCsrfToken": csrf(true),
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "description": "The same request again with the same key gets the answer of the first, for a day.",
        },
    })
}

/// How callers show who they are.
pub fn security_schemes() -> Value {
    json!({
        "cookieAuth": { "type": "apiKey", "in": "cookie", "name": crate::http::session::COOKIE },
        "refreshCookie": { "type": "apiKey", "in": "cookie", "name": crate::http::session::REFRESH_COOKIE },
        "bearerAuth": { "type": "http", "scheme": "bearer", "description": "An API key." },
        "apiKeyAuth": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
        "relayerKey": {
            "type": "apiKey", "in": "header", "name": "X-Relayer-API-Key",
            "description": "The key of one device; X-Employee-ID has to be the handle of its member.",
        },
        "twilioSignature": { "type": "apiKey", "in": "header", "name": "X-Twilio-Signature" },
        "slybroadcastToken": { "type": "apiKey", "in": "query", "name": "token" },
        "bonzoToken": { "type": "apiKey", "in": "query", "name": "token" },
        "tiktokSignature": { "type": "apiKey", "in": "header", "name": "Tiktok-Signature" },
        "metaSignature": { "type": "apiKey", "in": "header", "name": "X-Hub-Signature-256" },
        "mailSignature": { "type": "apiKey", "in": "header", "name": "X-Overture-Signature" },
    })
}

/// Every refusal has the same body; what differs is its status, and when it may be tried again.
pub fn refusals() -> Value {
    let told = [
        (400, "The request is malformed."),
        (401, "Nobody, or nobody known, stands behind the request."),
        (403, "Whoever asks may not do this."),
        (404, "It is not there, or not yours."),
        (409, "The present state does not allow it."),
        (413, "The body is too large."),
        (415, "The body is of another type than this address takes."),
        (416, "The part that is asked for lies behind the end."),
        (422, "The input does not fit; `fields` says where."),
        (429, "Too many requests: wait."),
        (502, "Another service did not answer as it should."),
        (503, "Not now: try again shortly."),
    ];
    let told = told.into_iter().map(|(status, description)| {
        let mut told =
            super::answer(description, "application/json", &json!({ "$ref": "#/components/schemas/Error" }));
        if matches!(status, 429 | 503) {
            told["headers"]["Retry-After"] =
                json!({ "required": true, "schema": { "type": "integer", "minimum": 1 } });
        }
        (format!("Refused{status}"), told)
    });
    told.collect::<Map<_, _>>().into()
}

/// The shape that every error has.
pub fn error() -> Value {
    json!({
        "type": "object",
        "required": ["success", "error", "timestamp", "request_id"],
        "additionalProperties": false,
        "properties": {
            "success": { "const": false },
            "error": {
                "type": "object",
                "required": ["code", "name", "message", "details", "fields"],
                "additionalProperties": false,
                "properties": {
                    "code": { "type": "integer" }, "name": { "type": "string" }, "message": { "type": "string" }, "details": { "type": "string" },
                    "fields": { "type": "array", "items": {
                        "type": "object", "required": ["field", "message"], "additionalProperties": false,
                        "properties": { "field": { "type": "string" }, "message": { "type": "string" } },
                    } },
                },
            },
            "timestamp": { "type": "string", "format": "date-time" },
            "request_id": { "type": "string" },
        },
    })
}
