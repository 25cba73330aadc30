//! The sandbox as a program of its own: `sandbox --http 127.0.0.1:8025 --smtp 127.0.0.1:2525`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use sandbox::Options;

/// Stand-ins for Twilio and a mail server, with people who answer.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// Where Twilio and the control API listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    http: SocketAddr,
    /// Where the mail server listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    smtp: SocketAddr,
    /// A file to write the line with the addresses to, once both listen.
    #[arg(long)]
    port_file: Option<PathBuf>,
    /// Draws the people, their delays and the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Virtual seconds per real second.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Whether anybody reads what arrives.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    people: Switch,
    /// Where answers are posted, as in http://127.0.0.1:3000.
    #[arg(long)]
    webhook_base: Option<String>,
    /// The Twilio auth token.
    #[arg(long, default_value = Options::AUTH_TOKEN)]
    twilio_token: String,
    /// The Twilio account.
    #[arg(long, default_value = Options::ACCOUNT_SID)]
    account_sid: String,
    /// The secret that signs posted mail.
    #[arg(long, default_value = Options::EMAIL_SECRET)]
    email_secret: String,
    /// The access token of the Graph API.
    #[arg(long, default_value = Options::META_TOKEN)]
    meta_token: String,
    /// The secret of the Meta app, which signs webhooks of WhatsApp and Messenger.
    #[arg(long, default_value = Options::META_SECRET)]
    meta_secret: String,
    /// Whether mail is refused before AUTH.
    #[arg(long, value_enum, default_value_t = Need::Optional)]
    smtp_auth: Need,
    /// How many messages per channel are kept.
    #[arg(long, default_value_t = 200_000)]
    keep: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Need {
    Required,
    Optional,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "sandbox=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let flags = Flags::parse();
    let seed = flags.seed;
    let sandbox = sandbox::start(Options {
        http: flags.http,
        smtp: flags.smtp,
        seed,
        speed: flags.speed,
        people: flags.people == Switch::On,
        webhook_base: flags.webhook_base,
        account_sid: flags.account_sid,
        auth_token: flags.twilio_token,
        email_secret: flags.email_secret,
        meta_token: flags.meta_token,
        meta_secret: flags.meta_secret,
        smtp_auth_required: flags.smtp_auth == Need::Required,
        keep: flags.keep,
        ..Options::default()
    })
    .await?;
    let line = serde_json::json!({
        "http": sandbox.http_addr, "smtp": sandbox.smtp_addr, "pid": std::process::id(), "seed": seed,
    });
    println!("{line}");
    if let Some(path) = flags.port_file {
        // Renamed into place: who waits for the file never reads half of it.
        let draft = path.with_extension("part");
        std::fs::write(&draft, format!("{line}\n"))
            .and_then(|()| std::fs::rename(&draft, &path))
            .with_context(|| format!("cannot write the port file {}", path.display()))?;
    }
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    sandbox.shutdown().await;
    Ok(())
}
