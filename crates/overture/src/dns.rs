//! DNS, as the check of a domain asks it: texts and mail servers of a name. In sandbox mode the sandbox answers.

use anyhow::Context;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, RecordType},
};
use std::{net::SocketAddr, time::Duration};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TXT
    Text,
    /// MX
    Mail,
}

impl Kind {
    /// As DNS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "TXT",
            Kind::Mail => "MX",
        }
    }
}

/// How long one question may wait for its answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;

/// A DNS server outside.
pub struct Resolver(TokioResolver);

impl Resolver {
    /// The server with this address, else those that the operating system uses.
    pub fn new(server: Option<SocketAddr>) -> anyhow::Result<Self> {
        let mut builder = match server {
            Some(address) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().context("the system names no DNS server")?,
        };
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.attempts = ATTEMPTS;
        // Somebody changes an entry and looks again.
        options.cache_size = 0;
        Ok(Self(builder.build().context("the DNS server cannot be asked")?))
    }

    /// What stands at a name; nothing where there is none. An error is for a person to read.
    pub async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<String>, String> {
        let record = match kind {
            Kind::Text => RecordType::TXT,
            Kind::Mail => RecordType::MX,
        };
        // With a dot at its end no domain of this machine is added to it.
        match self.0.lookup(format!("{name}."), record).await {
            Ok(found) => {
                let values = found.answers().iter().filter_map(|record| match &record.data {
                    RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
                    RData::MX(mail) => Some(mail.exchange.to_string()),
                    _ => None,
                });
                // What stands there may be anything, and is shown.
                Ok(values.map(|value| domain::template::one_line(&value)).take(50).collect())
            }
            Err(error) if error.is_no_records_found() => Ok(vec![]),
            Err(error) => {
                tracing::info!(%error, name, kind = kind.as_str(), "a name could not be looked up");
                Err("the DNS server did not answer".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests;
