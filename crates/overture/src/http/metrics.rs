//! What a monitor reads: counts by provider, and nothing that belongs to anybody.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    paced::Reading,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use std::{fmt::Write, sync::Arc};
use subtle::ConstantTimeEq;

/// The text format of Prometheus.
pub const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`: for who has the token that is configured; without one nobody is told that there is such a page.
pub async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response> {
    let Some(token) = &app.config.metrics_token else {
        return Err(Error::new(Kind::NotFound, "metrics.off", "There is nothing here"));
    };
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !bool::from(shown.as_bytes().ct_eq(token.0.as_bytes())) {
        let message = "Show the token of server.metrics_token as Authorization: Bearer";
        return Err(Error::new(Kind::Unauthenticated, "metrics.token", message));
    }
    let mut page = "# HELP overture_senders Senders by provider and by how their connection stands.\n\
                    # TYPE overture_senders gauge\n"
        .to_owned();
    for line in store::rest::by_provider(&app.db, app.clock.now()).await? {
        let closed = line.senders - line.resting - line.trying;
        for (state, count) in [("closed", closed), ("open", line.resting), ("half_open", line.trying)] {
            // Ids of providers are words of ours. Writing into a text does not fail.
            if writeln!(
                page,
                "overture_senders{{provider=\"{}\",connection=\"{state}\"}} {count}",
                line.provider
            )
            .is_err()
            {
                tracing::error!("a line of the metrics could not be written");
            }
        }
    }
    for line in paces(&app) {
        page.push_str(&line);
        page.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, KIND)], page).into_response())
}

/// How fast this node calls providers.
fn paces(app: &App) -> Vec<String> {
    let mut lines = vec![
        "# HELP overture_provider_calls_total Calls of this node to providers with a limit, by what became of them."
            .to_owned(),
        "# TYPE overture_provider_calls_total counter".to_owned(),
    ];
    let readings = app.outside.paces().readings();
    for reading in &readings {
        for (outcome, count) in reading.calls {
            let provider = reading.provider;
            lines.push(format!(
                "overture_provider_calls_total{{provider=\"{provider}\",outcome=\"{outcome}\"}} {count}"
            ));
        }
    }
    lines.push("# HELP overture_provider_full Connections whose next call would have to wait.".to_owned());
    lines.push("# TYPE overture_provider_full gauge".to_owned());
    for Reading { provider, full, .. } in &readings {
        lines.push(format!("overture_provider_full{{provider=\"{provider}\"}} {full}"));
    }
    lines
}
