//! HTTP. Tools are routed from the registry; what cannot be a tool stands in the table of `routes`: sign-in and setup,
//! webhooks in, uploads and downloads, tracking links, health. Live updates and the web UI are added here.
//!
//! Order of the layers, outermost first: request id and the security headers that every answer carries, also a
//! refusal; a net for panics; encryption, without which nothing else is looked at; what pages of other origins may
//! read; the client's address, which limits and the list of sessions need; a time limit. Then, per group: the origin,
//! which costs nothing to look at, and for what belongs to a member who asks (a session or a key), which costs a query,
//! how often they may, and CSRF, which is bound to the session; then the limit of the body, and last whether the same
//! request was made before. A request that nobody stands behind counts against its address. Webhooks have no origin and
//! no session: they see the raw body, because signatures are made over it.

pub mod address;
mod answers;
mod auth;
mod bonzo_webhooks;
pub mod buckets;
pub mod callers;
pub mod doors;
pub mod exchange;
mod gmail;
mod google;
mod headers;
mod health;
mod https;
pub mod idempotency;
pub mod input;
pub mod limits;
mod media;
mod meta_webhooks;
mod metrics;
pub mod openapi;
pub mod origin;
mod passkeys;
mod proof;
mod relayer;
mod round_trip;
pub mod route;
pub mod routes;
mod second_factor;
mod second_step;
pub mod session;
mod setup;
pub mod throttle;
mod tiktok_webhooks;
mod tools;
pub mod tracking;
mod uploads;
pub mod voice_webhooks;
mod web;
pub mod webhooks;

use crate::app::App;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use route::Group;
use std::{sync::Arc, time::Duration};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

/// Most bytes of a JSON body.
const JSON_LIMIT: usize = 1024 * 1024;
/// Most bytes of a form webhook; Twilio's are below 64 KiB.
const FORM_LIMIT: usize = 256 * 1024;

/// Everything that answers.
pub fn router(app: Arc<App>) -> Router {
    let routes = routes::all();
    let of = |group| route::router(&routes, group);
    let people = of(Group::Person).layer(middleware::from_fn(session::require_person));
    let members = tools::router(&app)
        .merge(of(Group::Member))
        .merge(people)
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .merge(of(Group::File).layer(DefaultBodyLimit::disable()))
        .layer(middleware::from_fn_with_state(app.clone(), session::require))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check));
    let doors = of(Group::Door)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .merge(of(Group::MailDoor).layer(DefaultBodyLimit::max(providers::mime::MAX_BYTES)));
    let relayers = of(Group::Relayer)
        .layer(middleware::from_fn_with_state(app.clone(), relayer::require))
        .layer(DefaultBodyLimit::max(JSON_LIMIT));
    let entry = of(Group::Entry)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(middleware::from_fn_with_state(app.clone(), limits::strangers))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check));
    let open = of(Group::Open).layer(DefaultBodyLimit::max(64 * 1024));
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
