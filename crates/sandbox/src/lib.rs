//! The outside world, small and on loopback: Twilio, Meta's Graph API, Google's consent page and Gmail, ElevenLabs and Slybroadcast over HTTP, a mail server over SMTP, and the people who
//! read, click, answer, opt out, bounce and go on holiday (design.md section 7).
//!
//! [`start`] binds both servers and answers with their addresses. What they accept is counted and, within
//! bounds, kept; `/_sandbox/*` on the HTTP address lets any program look at it, order faults and make a
//! person write. The sandbox knows nothing of the product: it speaks the providers' protocols and nothing
//! else.

mod bonzo;
mod clock;
mod control;
mod dice;
mod dns;
mod fault;
mod gmail;
mod graph;
mod ledger;
mod line;
mod mail;
mod people;
mod post;
mod shelf;
mod sign;
mod smtp;
mod templates;
mod tiktok;
mod twilio;
mod voice;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::line::{Cut, Lines};
use crate::world::World;

/// What a sandbox is started with. [`Options::default`] suits a test: free ports, people on.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where Twilio and the control API listen; port 0 takes a free one.
    pub http: SocketAddr,
    /// Where the mail server listens; port 0 takes a free one.
    pub smtp: SocketAddr,
    /// Who the people are, what they do and when; also draws the faults. The same seed tells the same story.
    pub seed: u64,
    /// Virtual seconds per real second, more than 0. A delay of a person is divided by it, down to a
    /// tenth of a real second at the least.
    pub speed: f64,
    /// Whether anybody reads what arrives. Off, the sandbox only accepts and counts.
    pub people: bool,
    /// Where answers, bounces and inbound texts are posted, as in `http://127.0.0.1:3000`. May be set later
    /// with [`Sandbox::set_webhook_base`]: what people want to post waits for it.
    pub webhook_base: Option<String>,
    /// The Twilio account, `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The Twilio auth token: checked on requests, signs callbacks and inbound texts.
    pub auth_token: String,
    /// Signs the raw mails posted to `/webhooks/email`.
    pub email_secret: String,
    /// The access token that the Graph API takes, for WhatsApp and for Messenger.
    pub meta_token: String,
    /// The secret of the Meta app: signs what is posted to `/webhooks/whatsapp` and `/webhooks/facebook`.
    pub meta_secret: String,
    /// The user that SMTP AUTH accepts.
    pub smtp_user: String,
    /// The password that SMTP AUTH accepts.
    pub smtp_password: String,
    /// Whether mail is refused (530) before AUTH.
    pub smtp_auth_required: bool,
    /// How many accepted messages per channel are kept for `/_sandbox/messages` and Twilio's look-ups; the
    /// oldest go first. Counting is exact for ever.
    pub keep: usize,
}

impl Options {
    /// The Twilio account of a sandbox that was told no other.
    pub const ACCOUNT_SID: &'static str = "AC00000000000000000000000000000000";
    /// The Twilio auth token of a sandbox that was told no other.
    pub const AUTH_TOKEN: &'static str = "sandbox-twilio-token";
    /// The secret of posted mail of a sandbox that was told no other.
    pub const EMAIL_SECRET: &'static str = "sandbox-email-secret";
    /// The user of Slybroadcast.
    pub const SLYBROADCAST_UID: &'static str = "sandbox@overture.example";
    /// The password of Slybroadcast.
    pub const SLYBROADCAST_PASSWORD: &'static str = "sandbox-slybroadcast";
    /// The API key of ElevenLabs.
    pub const ELEVENLABS_KEY: &'static str = "sandbox-elevenlabs-key";
    /// The one voice that ElevenLabs has.
    pub const ELEVENLABS_VOICE: &'static str = "SandboxVoice0001";
    /// The API key of Bonzo.
    pub const BONZO_KEY: &'static str = "sandbox.bonzo.key";
    /// The access token of TikTok.
    pub const TIKTOK_TOKEN: &'static str = "sandbox-tiktok-token";
    /// The refresh token that came with it.
    pub const TIKTOK_REFRESH: &'static str = "sandbox-tiktok-refresh";
    /// The TikTok app.
    pub const TIKTOK_APP: &'static str = "sandbox-tiktok-app";
    /// The secret of the TikTok app, which signs what is posted to `/webhooks/tiktok`.
    pub const TIKTOK_SECRET: &'static str = "sandbox-tiktok-secret";
    /// The app that Google knows.
    pub const GMAIL_CLIENT_ID: &'static str = "sandbox.apps.googleusercontent.example";
    /// The secret of that app.
    pub const GMAIL_CLIENT_SECRET: &'static str = "sandbox-gmail-secret";
    /// The access token of the Graph API of a sandbox that was told no other.
    pub const META_TOKEN: &'static str = "sandbox-meta-token";
    /// The app secret of a sandbox that was told no other.
    pub const META_SECRET: &'static str = "sandbox-meta-secret";
}

impl Options {
    /// The refresh token of a Google account that nobody has connected: it opens the account until it is revoked.
    pub fn gmail_token(account: &str) -> String {
        gmail::refresh_token(account, 0)
    }
}

impl Default for Options {
    fn default() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Options {
            http: loopback,
            smtp: loopback,
            seed: 1,
            speed: 1.0,
            people: true,
            webhook_base: None,
            account_sid: Self::ACCOUNT_SID.to_owned(),
            auth_token: Self::AUTH_TOKEN.to_owned(),
            email_secret: Self::EMAIL_SECRET.to_owned(),
            meta_token: Self::META_TOKEN.to_owned(),
            meta_secret: Self::META_SECRET.to_owned(),
            smtp_user: "sandbox".to_owned(),
            smtp_password: "sandbox".to_owned(),
            smtp_auth_required: false,
            keep: 200_000,
        }
    }
}

/// A running sandbox. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct Sandbox {
    /// Where Twilio and `/_sandbox` answer.
    pub http_addr: SocketAddr,
    /// Where the mail server answers.
    pub smtp_addr: SocketAddr,
    world: Arc<World>,
    http: JoinHandle<()>,
    smtp: JoinHandle<()>,
}

impl Sandbox {
    /// The base URL for a Twilio client and for the control API, without a slash at the end.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http_addr)
    }

    /// How many connections the mail server has taken since it runs.
    pub fn mail_connections(&self) -> u64 {
        self.world.mail_connections.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// How many mails it has accepted.
    pub fn mails_accepted(&self) -> u64 {
        self.world.mails_accepted.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Tells the people where to write to. What they wanted to post before goes out now.
    pub fn set_webhook_base(&self, base: &str) -> anyhow::Result<()> {
        self.world.post.set_base(base)
    }

    /// Stops listening, ends open connections and the people's plans; returns when both servers are gone.
    pub async fn shutdown(mut self) {
        self.world.stop();
        for task in [&mut self.http, &mut self.smtp] {
            if tokio::time::timeout(Duration::from_secs(2), &mut *task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.stop();
        self.http.abort();
        self.smtp.abort();
    }
}

/// Binds both servers and lets the people in.
pub async fn start(options: Options) -> anyhow::Result<Sandbox> {
    if !(options.speed.is_finite() && options.speed > 0.0) {
        bail!("the speed is {}: it must be a number above 0, as in 1 or 60", options.speed);
    }
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race to another thread is as good as winning it.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    let (http, smtp) = (options.http, options.smtp);
    let world = World::new(options)?;
    let http = TcpListener::bind(http).await.with_context(|| format!("cannot listen on {http} for HTTP"))?;
    let smtp = TcpListener::bind(smtp).await.with_context(|| format!("cannot listen on {smtp} for SMTP"))?;
    let (http_addr, smtp_addr) = (http.local_addr()?, smtp.local_addr()?);
    let mail = tokio::spawn(smtp::serve(smtp, Arc::clone(&world))?);
    let web = tokio::spawn(serve_http(http, Arc::clone(&world)));
    Ok(Sandbox { http_addr, smtp_addr, world, http: web, smtp: mail })
}

async fn serve_http(listener: TcpListener, world: Arc<World>) {
    let routes = control::routes()
        .merge(graph::routes())
        .merge(voice::routes())
        .merge(tiktok::routes())
        .merge(bonzo::routes())
        .merge(gmail::routes())
        .merge(twilio::routes())
        .with_state(Arc::clone(&world));
    let service = routes.into_make_service_with_connect_info::<Cut>();
    let stopped = async move { world.stopped().await };
    let served = axum::serve(Lines(listener), service).with_graceful_shutdown(stopped).await;
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP side of the sandbox ended");
    }
}
