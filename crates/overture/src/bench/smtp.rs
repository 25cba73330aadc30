//! Mail through the send loop to a mail server with TLS and a login: claims, guards, dialogue, outcomes.
//!
//! The server is the sandbox's, in this process: it speaks STARTTLS, AUTH and SIZE, keeps the last mails and does nothing
//! with them. A message leaves over one of at most ten connections, which are kept.

use super::{cores, peak_memory_mib, send};
use crate::outside::Sandbox;
use anyhow::Result;
use std::{path::Path, time::Duration};

/// Sends so many mails and prints what it took.
pub async fn run(count: u32, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(count, database, folder).await).await
}

async fn measure(count: u32, database: Option<String>, folder: &Path) -> Result<()> {
    let options = sandbox::Options { people: false, keep: 1_000, ..sandbox::Options::default() };
    let server = sandbox::start(options.clone()).await?;
    let door = Sandbox {
        http: server.http_url(),
        smtp: server.smtp_addr,
        account_sid: options.account_sid,
        auth_token: options.auth_token,
        email_secret: options.email_secret,
        meta_token: options.meta_token,
        meta_secret: options.meta_secret,
    };
    let app = send::product(database, folder, door).await?;
    let (scope, _) = send::workspace(&app).await?;
    let unique = crate::keys::token();
    let address = format!("{}@bench.test", unique[..12].replace(['-', '_'], "x").to_lowercase());
    let sender = send::unlimited(&app, &scope, domain::Channel::Email, "smtp", &address)?;
    let tx = app.db.begin().await?;
    store::sender::save(&tx, &scope, &sender, &address, app.clock.now()).await?;
    app.commit(tx).await?;
    send::fill(&app, &scope, &sender, count).await?;
    let took =
        send::leave(&app, &scope, count, Duration::from_millis(20), || server.mails_accepted()).await?;
    println!(
        "SMTP, {}: {count} mails in {:.2} s = {:.0} mails/s over {} connections with STARTTLS and a login, at most ten at once and \
         ninety mails on each; {:.0} us of CPU each (the mail server included, PostgreSQL not); peak memory {:.0} MiB; {} cores",
        send::name(&app),
        took.seconds,
        f64::from(count) / took.seconds,
        server.mail_connections(),
        took.cpu_us / f64::from(count),
        peak_memory_mib().unwrap_or_default(),
        cores()
    );
    println!("  asked: 500 mails/s over ten connections");
    server.shutdown().await;
    Ok(())
}
