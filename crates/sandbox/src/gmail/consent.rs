//! The page on which somebody chooses their account and allows the product to use it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::id_of;
use super::token::Code;
use crate::Options;
use crate::world::{World, locked};

type Asked = Query<HashMap<String, String>>;

/// What goes from the page to the decision.
const KEPT: [&str; 5] = ["client_id", "redirect_uri", "state", "scope", "code_challenge"];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn wrong(message: &str) -> Response {
    let page = format!("<!doctype html><title>Error 400</title><h1>Error 400</h1><p>{}", escaped(message));
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

/// What is wrong with a request, as Google would say it.
fn fault(asked: &HashMap<String, String>) -> Option<&'static str> {
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if text("client_id") != Options::GMAIL_CLIENT_ID {
        return Some("invalid_client: The OAuth client was not found.");
    }
    let redirect = Url::parse(text("redirect_uri")).ok();
    if !redirect.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some()) {
        return Some("redirect_uri_mismatch");
    }
    if text("code_challenge").len() != 43 || text("state").is_empty() || text("scope").is_empty() {
        return Some("invalid_request: code_challenge, state and scope are needed");
    }
    None
}

/// `GET /o/oauth2/v2/auth`
pub(super) async fn page(Query(asked): Asked) -> Response {
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if let Some(fault) = fault(&asked) {
        return wrong(fault);
    }
    if text("response_type") != "code" || text("code_challenge_method") != "S256" {
        return wrong("invalid_request: response_type must be code, and code_challenge_method S256");
    }
    let hidden: String = KEPT
        .iter()
        .map(|name| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(text(name))))
        .collect();
    let hint = Some(text("login_hint")).filter(|hint| !hint.is_empty()).unwrap_or("sam@gmail.example");
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sandbox of Google</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:12vh auto;padding:0 1rem}}\
         input[type=email]{{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;margin:.25rem 0 1rem}}\
         button{{font:inherit;padding:.6rem 1rem;margin-right:.5rem}}small{{opacity:.75}}</style>\
         <h1>Choose an account</h1><p>Overture wants to send mail as you and to read what comes in.</p>\
         <form action=\"/google/consent\">{hidden}\
         <label>E-mail address<input type=\"email\" name=\"email\" required value=\"{}\"></label>\
         <button name=\"decision\" value=\"allow\">Allow</button><button name=\"decision\" value=\"deny\" formnovalidate>Cancel</button></form>\
         <p><small>This is the sandbox's stand-in for Google. No account is touched.</small>",
        escaped(hint)
    ))
    .into_response()
}

/// `GET /consent`
pub(super) async fn decide(State(world): State<Arc<World>>, Query(asked): Asked) -> Response {
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if let Some(fault) = fault(&asked) {
        return wrong(fault);
    }
    let Ok(mut back) = Url::parse(text("redirect_uri")) else { return wrong("redirect_uri_mismatch") };
    let account = text("email").trim().to_ascii_lowercase();
    if text("decision") != "allow" {
        back.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", text("state"));
    } else if account.split_once('@').is_none_or(|(local, domain)| local.is_empty() || domain.is_empty()) {
        return wrong("Enter an e-mail address");
    } else {
        let name = format!("4/sandbox-{}", id_of(&world));
        let own = |name: &str| text(name).to_owned();
        let code = Code::new(account, own("redirect_uri"), own("code_challenge"), own("scope"));
        locked(&world.google.codes).insert(name.clone(), code);
        back.query_pairs_mut()
            .append_pair("state", text("state"))
            .append_pair("code", &name)
            .append_pair("scope", text("scope"));
    }
    match HeaderValue::from_str(back.as_str()) {
        Ok(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Err(_) => wrong("redirect_uri_mismatch"),
    }
}
