//! The access token of an account: fetched when it is needed, renewed before it ends, and kept in memory only. It is a
//! node's own; Google lets many be good at the same time.

use super::oauth::App;
use crate::{Class, Fail, Http};
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

/// Renewed so long before it ends.
const AHEAD: Duration = Duration::from_secs(120);

pub(super) struct Access {
    http: Http,
    app: App,
    refresh_token: Option<String>,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: String,
    until: Option<Instant>,
}

impl Access {
    pub(super) fn new(http: Http, app: App, refresh_token: String) -> Self {
        Self { http, app, refresh_token: Some(refresh_token), held: Mutex::default() }
    }

    /// One that cannot be renewed.
    pub(super) fn given(http: Http, app: App, token: &str) -> Self {
        let held = Held { token: token.to_owned(), until: None };
        Self { http, app, refresh_token: None, held: Mutex::new(Some(held)) }
    }

    /// A token that should be good; never this one, which was refused. Many who ask at once wait for one answer.
    pub(super) async fn token(&self, refused: Option<&str>) -> Result<String, Fail> {
        let mut held = self.held.lock().await;
        if let Some(known) = held.as_ref()
            && refused != Some(known.token.as_str())
            && known.until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(known.token.clone());
        }
        let Some(refresh_token) = &self.refresh_token else {
            return Err(Fail::new(Class::Reauth, "Google refused the access that it had just given."));
        };
        let granted = self.app.refresh(&self.http, refresh_token).await?;
        let lasts = Duration::from_secs(granted.expires_in.clamp(60, 86_400)).saturating_sub(AHEAD);
        let token = granted.access_token;
        *held = Some(Held { token: token.clone(), until: Some(Instant::now() + lasts) });
        Ok(token)
    }
}
