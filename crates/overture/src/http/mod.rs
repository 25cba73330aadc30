//! HTTP. Tools are routed from the registry; what cannot be a tool is listed here: sign-in and setup,
//! webhooks in, uploads and downloads, tracking links, live updates, health, and the web UI.
//!
//! Order of the layers, outermost first: request id and the security headers that every answer carries, also a
//! refusal; a net for panics; encryption, without which nothing else is looked at; what pages of other origins may
//! read; the client's address, which limits and the list of sessions need; a time limit. Then, per group: the origin,
//! which costs nothing to look at, and for what belongs to a member who asks (a session or a key), which costs a query,
//! how often they may, and CSRF, which is bound to the session; then the limit of the body, and last whether the same
//! request was made before. A request that nobody stands behind counts against its address. Webhooks have no origin and
//! no session: they see the raw body, because signatures are made over it.

pub mod address;
mod auth;
pub mod buckets;
pub mod callers;
mod google;
mod headers;
mod health;
mod https;
pub mod idempotency;
pub mod limits;
pub mod openapi;
pub mod origin;
mod passkeys;
mod proof;
mod relayer;
mod second_factor;
mod second_step;
pub mod session;
mod setup;
pub mod throttle;
mod tools;
pub mod tracking;
mod uploads;
mod web;
mod webhooks;

use crate::app::App;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use std::{sync::Arc, time::Duration};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

/// Most bytes of a JSON body.
const JSON_LIMIT: usize = 1024 * 1024;
/// Most bytes of a form webhook; Twilio's are below 64 KiB.
const FORM_LIMIT: usize = 256 * 1024;

/// Everything that answers.
pub fn router(app: Arc<App>) -> Router {
    let people = Router::new()
        .route("/api/auth/logout", post(auth::log_out))
        .route("/api/auth/logout-everywhere", post(auth::log_out_everywhere))
        .route("/api/auth/switch", post(auth::switch))
        .route("/api/profile/google", post(google::connect))
        .route("/api/profile/google/off", post(google::disconnect))
        .route("/api/profile/passkeys", post(passkeys::add))
        .route("/api/profile/passkeys/begin", post(passkeys::begin))
        .route("/api/profile/passkeys/{id}/remove", post(passkeys::remove))
        .route("/api/profile/password", post(auth::change_password))
        .route("/api/profile/second-factor", get(second_factor::show))
        .route("/api/profile/second-factor/begin", post(second_factor::begin))
        .route("/api/profile/second-factor/confirm", post(second_factor::confirm))
        .route("/api/profile/second-factor/off", post(second_factor::off))
        .route("/api/profile/second-factor/recovery-codes", post(second_factor::new_codes))
        .layer(middleware::from_fn(session::require_person));
    let members = tools::router(&app)
        .route("/api/audit.csv", get(crate::audit::file))
        .route("/api/auth/me", get(auth::me))
        .merge(people)
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .merge(
            Router::new()
                .route("/api/imports", post(uploads::upload))
                .route("/api/imports/{id}/rejected.csv", get(uploads::rejected))
                .layer(DefaultBodyLimit::disable()),
        )
        .layer(middleware::from_fn_with_state(app.clone(), session::require))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check));
    let doors = Router::new()
        .route("/api/twilio/inbound-sms", post(webhooks::twilio_message))
        .route("/api/twilio/status", post(webhooks::twilio_status))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .merge(
            Router::new()
                .route("/webhooks/email", post(webhooks::email))
                .layer(DefaultBodyLimit::max(providers::mime::MAX_BYTES)),
        );
    let relayers = Router::new()
        .route("/api/relayer/heartbeat", post(relayer::heartbeat))
        .layer(middleware::from_fn_with_state(app.clone(), relayer::require))
        .layer(DefaultBodyLimit::max(JSON_LIMIT));
    let entry = Router::new()
        .route("/api/setup", get(setup::needed).post(setup::set_up))
        .route("/api/auth/google", post(google::begin))
        .route("/api/auth/invitation", post(auth::invitation))
        .route("/api/auth/invitation/accept", post(auth::accept))
        .route("/api/auth/login", post(auth::log_in))
        .route("/api/auth/passkey", post(passkeys::enter))
        .route("/api/auth/passkey/begin", post(passkeys::ask))
        .route("/api/auth/refresh", post(auth::refresh))
        .route("/api/auth/second-factor", post(second_step::take))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(middleware::from_fn_with_state(app.clone(), limits::strangers))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check));
    let open = Router::new()
        .route("/api/auth/google/callback", get(google::callback))
        .route("/api/csrf-token", get(session::csrf_token))
        .route("/api/openapi.json", get(openapi::serve))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/t/o/{token}", get(tracking::opened))
        .route("/t/c/{token}", get(tracking::clicked))
        .route("/u/{token}", get(tracking::unsubscribe_page).post(tracking::unsubscribe))
        .layer(DefaultBodyLimit::max(64 * 1024));
    let live =
        crate::live::router(app.hub.clone(), Arc::new(session::Sockets(app.clone())), origin::allowed(&app));
    let cors = origin::cors(&app);
    Router::new()
        .merge(members)
        .merge(doors)
        .merge(relayers)
        .merge(entry)
        .merge(open)
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::REQUEST_TIMEOUT,
            Duration::from_secs(600),
        ))
        .layer(middleware::from_fn_with_state(app.clone(), address::find))
        .route_layer(middleware::from_fn(headers::note_route))
        .with_state(app.clone())
        .merge(live)
        .fallback(web::serve)
        .method_not_allowed_fallback(web::wrong_method)
        // Asked about methods that no route has.
        .layer(cors)
        .layer(middleware::from_fn_with_state(app, https::require))
        .layer(CatchPanicLayer::custom(headers::panicked))
        .layer(middleware::from_fn(headers::dress))
}
