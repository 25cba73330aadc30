//! How often anybody may ask.
//!
//! A person at work and a program that does its job stay far below their limits. The narrow one is for requests that
//! nobody stands behind: no session, no key, or a wrong one. Answers of providers are not limited, since every one of
//! them must be heard; they are signed, and one that is not counts here.

use super::{address::Address, buckets::Buckets, callers};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    tool::Class,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How many requests, per quarter of an hour or per minute.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// Without anybody behind them, from one address (an IPv6 network of 64 bits), in a quarter of an hour.
    pub strangers: u32,
    /// Of one member, in a minute.
    pub member: u32,
    /// Of one API key, in a minute.
    pub key: u32,
    /// Of one member, in a minute, of each tool of the expensive class.
    pub expensive: u32,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { strangers: 100, member: 1_800, key: 1_800, expensive: 10 }
    }
}

/// The buckets of this node.
pub struct Limits {
    strangers: Buckets,
    members: Buckets,
    keys: Buckets,
    expensive: Buckets,
}

impl Limits {
    /// Buckets for what is allowed.
    pub fn new(allowed: Allowed) -> Self {
        let buckets = |name, most: u32, seconds| {
            Buckets::new(name, most.max(1), Duration::from_secs(seconds) / most.max(1))
        };
        Self {
            strangers: buckets("strangers", allowed.strangers, 15 * 60),
            members: buckets("members", allowed.member, 60),
            keys: buckets("keys", allowed.key, 60),
            expensive: buckets("expensive", allowed.expensive, 60),
        }
    }

    /// All of them.
    pub fn buckets(&self) -> [&Buckets; 4] {
        [&self.strangers, &self.members, &self.keys, &self.expensive]
    }

    /// Counts a request that nobody stands behind.
    pub fn stranger(&self, address: Address) -> Result<()> {
        fits(self.strangers.fill(address.network(), Instant::now()))
    }

    /// Counts a request of a member.
    pub fn member(&self, id: &str) -> Result<()> {
        fits(self.members.fill(id.to_owned(), Instant::now()))
    }

    /// Counts a request of a program.
    pub fn key(&self, id: &str) -> Result<()> {
        fits(self.keys.fill(id.to_owned(), Instant::now()))
    }

    /// Counts a member's call of a tool, whichever door it came through.
    pub fn tool(&self, class: Class, name: &str, member: &str) -> Result<()> {
        match class {
            Class::Ordinary => Ok(()),
            Class::Expensive => fits(self.expensive.fill(format!("{member} {name}"), Instant::now())),
        }
    }
}

fn fits(wait: Option<Duration>) -> Result<()> {
    let Some(wait) = wait else { return Ok(()) };
    let seconds = wait.as_secs() + 1;
    let message = format!("Too many requests. Try again in {seconds} seconds");
    Err(Error::new(Kind::RateLimited, "too_many_requests", message).retry_after(seconds))
}

/// Counts what comes to the doors through which people enter, unless somebody is in already.
pub async fn strangers(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response> {
    if callers::session(&app, request.headers()).await?.is_none() {
        let address = request.extensions().get::<Address>().copied().unwrap_or(Address(None));
        app.limits.stranger(address)?;
    }
    Ok(next.run(request).await)
}
