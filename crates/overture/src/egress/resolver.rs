//! DNS for addresses that members enter: what it answers is judged before a connection can use it.

use super::{Refused, Rules};
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Where addresses of names come from.
pub trait Lookup: Send + Sync {
    /// All addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    }
}

/// Lets through what the rules allow. The connection is made to one of these and to nothing else.
pub(super) struct Guarded {
    rules: Arc<Rules>,
    lookup: Arc<dyn Lookup>,
}

impl Guarded {
    pub(super) fn new(rules: Arc<Rules>, lookup: Arc<dyn Lookup>) -> Self {
        Self { rules, lookup }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        let found = self.lookup.lookup(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            let allowed: Vec<SocketAddr> = found
                .iter()
                .filter(|address| rules.allows(**address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                tracing::warn!("a name that a member entered leads into a private network; it is not called");
                return Err(Refused::private().into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
