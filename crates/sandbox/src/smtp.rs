//! A mail server that takes everything and delivers it to nobody: the people are told.

mod session;
mod wire;

use std::future::Future;
use std::sync::{Arc, atomic::Ordering};
use std::time::Duration;

use anyhow::Context;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::world::World;

/// The name the server goes by.
pub(crate) const HOST: &str = "mx.sandbox.test";

/// Accepts connections until the sandbox stops. Fails at once if no certificate can be made.
pub(crate) fn serve(
    listener: TcpListener,
    world: Arc<World>,
) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let tls = acceptor()?;
    Ok(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = world.stopped() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    world.mail_connections.fetch_add(1, Ordering::Relaxed);
                    let (tls, guest) = (tls.clone(), Arc::clone(&world));
                    world.spawn(async move {
                        if let Err(error) = session::run(stream, tls, guest).await {
                            tracing::debug!(%error, "an SMTP connection broke");
                        }
                    });
                }
                Err(error) => {
                    // Out of file descriptors, most likely: it passes when connections close.
                    tracing::warn!(%error, "cannot accept an SMTP connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    })
}

/// TLS with a certificate that nobody but this process vouches for, made anew at every start.
fn acceptor() -> anyhow::Result<TlsAcceptor> {
    let names = [HOST, "localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).context("cannot make a certificate for STARTTLS")?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
