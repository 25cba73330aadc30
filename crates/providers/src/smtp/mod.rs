//! E-mail over SMTP (RFC 5321): a mailbox or relay of the customer.
//!
//! The dialogue is driven command by command, because one border in it decides everything: up to the dot
//! that ends the content nothing has been sent, after it and before the reply nobody knows.
//! ```text
//! connect -> greeting -> EHLO [-> STARTTLS -> EHLO] [-> AUTH] -> MAIL -> RCPT -> DATA -> content | . -> 250
//!                     definitely not sent (retry / refused)                                   | unknown
//! ```

mod line;
mod message;
mod pool;
mod refusal;

pub use message::render;
pub(crate) use refusal::class_of_status;

use crate::{Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt, tls};
use async_trait::async_trait;
use domain::Channel;
use lettre::transport::smtp::extension::ClientId;
use line::{Line, Trouble};
use pool::Pool;
use refusal::{Stage, explain};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// Not at all (port 25 or a server on this machine).
    None,
    /// Plain first, then TLS by command (port 587, for IMAP 143).
    #[default]
    Starttls,
    /// TLS from the first byte (port 465, for IMAP 993).
    Tls,
}

/// Where mail is handed in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "SMTP")]
struct Credentials {
    /// Mail server, for example `smtp.example.com`.
    #[schemars(title = "Server", length(min = 1, max = 253))]
    host: String,
    /// Port: 587 for STARTTLS, 465 for TLS.
    #[schemars(title = "Port", range(min = 1))]
    port: u16,
    /// User name; leave empty when the server wants none.
    #[schemars(title = "User name")]
    username: Option<String>,
    /// Password or app password.
    #[schemars(title = "Password", extend("format" = "password"))]
    password: Option<String>,
    /// Encryption of the connection.
    #[serde(default)]
    #[schemars(title = "Encryption")]
    security: Security,
    /// Accept any certificate. Only for a server on this machine.
    #[serde(default)]
    #[schemars(title = "Accept any certificate (this machine only)")]
    accept_invalid_certs: bool,
}

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "smtp",
        name: "SMTP",
        channel: Channel::Email,
        docs: "https://www.rfc-editor.org/rfc/rfc5321",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let mut credentials: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("SMTP", error))?;
    let wrong = |why: &str| Err(Fail::credentials("SMTP", why));
    let loopback = tls::is_loopback(&credentials.host);
    credentials.username = credentials.username.filter(|name| !name.is_empty());
    if credentials.host.is_empty() || credentials.host.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong("the server name is empty or has blanks in it");
    }
    if credentials.accept_invalid_certs && !loopback {
        return wrong("any certificate may be accepted only from a server on this machine");
    }
    if let Some(username) = &credentials.username {
        let Some(password) = &credentials.password else {
            return wrong("there is a user name but no password");
        };
        if username.contains('\0') || password.contains('\0') {
            return wrong("user name and password must not contain a NUL character");
        }
        if credentials.security == Security::None && !loopback {
            return wrong("the password would cross the network unencrypted; choose STARTTLS or TLS");
        }
    }
    let tls = Arc::new(tls::client_config(credentials.accept_invalid_certs));
    let hello = ClientId::default().to_string();
    Ok(Box::new(Smtp { credentials, hello, tls, timeout: http.timeout(), pool: Pool::default() }))
}

/// One mailbox or relay with its idle connections.
struct Smtp {
    credentials: Credentials,
    /// What we call ourselves in EHLO.
    hello: String,
    tls: Arc<rustls::ClientConfig>,
    /// Total time of one dialogue.
    timeout: Duration,
    pool: Pool,
}

impl Smtp {
    /// Connects and logs in.
    async fn open(&self, deadline: Instant) -> Result<Line, Fail> {
        let at = |stage| move |trouble: Trouble| explain(stage, &trouble);
        let it = &self.credentials;
        let mut line = Line::connect(&it.host, it.port, deadline).await.map_err(at(Stage::Connect))?;
        if it.security == Security::Tls {
            line = line.into_tls(&it.host, self.tls.clone()).await.map_err(at(Stage::Tls))?;
        }
        line.greeting().await.map_err(at(Stage::Greeting))?;
        line.hello(&self.hello).await.map_err(at(Stage::Hello))?;
        if it.security == Security::Starttls {
            if !line.offers("STARTTLS") {
                return Err(Fail::new(
                    Class::Config,
                    "The mail server does not offer STARTTLS; nothing was sent. Choose another port or TLS.",
                ));
            }
            line.command("STARTTLS").await.map_err(at(Stage::Tls))?;
            line = line.into_tls(&it.host, self.tls.clone()).await.map_err(at(Stage::Tls))?;
            line.hello(&self.hello).await.map_err(at(Stage::Hello))?;
        }
        if let (Some(username), Some(password)) = (&it.username, &it.password)
            && !line.login(username, password).await.map_err(at(Stage::Auth))?
        {
            return Err(Fail::new(
                Class::Config,
                "The mail server offers no login that we speak (PLAIN or LOGIN); nothing was sent. \
                 Check the port and the encryption.",
            ));
        }
        Ok(line)
    }

    /// `MAIL FROM` on a line that may have died while it was idle: then once more on a new one, which is
    /// safe because no message can leave before `MAIL`.
    async fn begin(&self, mail: &Mail<'_>, deadline: Instant) -> Result<Line, Fail> {
        if let Some(mut line) = self.pool.take(deadline)
            && line.reset_if_needed().await.is_ok()
        {
            match line.command(&mail.from(&line)).await {
                Ok(_) => return Ok(line),
                Err(Trouble::Refused(reply)) if reply.code != 421 => {
                    return Err(self.refused(line, Stage::Mail, reply));
                }
                Err(_) => tracing::debug!("an idle SMTP connection had died; opening a new one"),
            }
        }
        let mut line = self.open(deadline).await?;
        match line.command(&mail.from(&line)).await {
            Ok(_) => Ok(line),
            Err(Trouble::Refused(reply)) => Err(self.refused(line, Stage::Mail, reply)),
            Err(trouble) => Err(explain(Stage::Mail, &trouble)),
        }
    }

    /// Not a yes. After a definite no the connection itself is fine, unless the server said goodbye with it.
    fn refused(&self, mut line: Line, stage: Stage, reply: line::Reply) -> Fail {
        let fail = explain(stage, &Trouble::Refused(reply.clone()));
        if reply.code != 421 && matches!(reply.code, 400..=599) {
            line.needs_reset();
            self.pool.put(line);
        }
        fail
    }
}

/// One mail on its way through the dialogue.
struct Mail<'a> {
    envelope_from: String,
    to: String,
    id: &'a str,
    content: Vec<u8>,
}

impl Mail<'_> {
    /// The `MAIL` command with the extensions that this server offers.
    fn from(&self, line: &Line) -> String {
        let mut command = format!("MAIL FROM:<{}>", self.envelope_from);
        if line.offers("SIZE") {
            command += &format!(" SIZE={}", self.content.len());
        }
        // The server puts our id into its bounces (RFC 3461), which settles doubtful messages.
        if line.offers("DSN")
            && !self.id.is_empty()
            && self.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            command += &format!(" RET=HDRS ENVID={}", self.id);
        }
        command
    }
}

#[async_trait]
impl Api for Smtp {
    async fn check(&self) -> Result<(), Fail> {
        let mut line = self.open(Instant::now() + self.timeout).await?;
        line.command("NOOP").await.map_err(|trouble| explain(Stage::Hello, &trouble))?;
        line.quit().await;
        Ok(())
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let content = render(message)?;
        let (envelope_from, to) = message::envelope(message)?;
        let mail = Mail { envelope_from, to, id: &message.message_id, content };
        if !gate.may_send() {
            return Err(Fail::gave_back());
        }
        let mut line = self.begin(&mail, Instant::now() + self.timeout).await?;
        if line.size_limit().is_some_and(|limit| mail.content.len() > limit) {
            line.needs_reset();
            self.pool.put(line);
            return Err(Fail::new(
                Class::Permanent,
                "The mail is larger than its mail server accepts; nothing was sent.",
            ));
        }
        for (stage, command) in
            [(Stage::Rcpt, format!("RCPT TO:<{}>", mail.to)), (Stage::Data, "DATA".to_owned())]
        {
            if stage == Stage::Data && !gate.may_send() {
                line.needs_reset();
                self.pool.put(line);
                return Err(Fail::gave_back());
            }
            match line.command(&command).await {
                Ok(_) => {}
                Err(Trouble::Refused(reply)) => return Err(self.refused(line, stage, reply)),
                Err(trouble) => return Err(explain(stage, &trouble)),
            }
        }
        // Content has begun: the only way back is to hang up, which obliges the server to forget it.
        if !gate.may_send() {
            return Err(Fail::gave_back());
        }
        line.content(&mail.content).await.map_err(|trouble| explain(Stage::Content, &trouble))?;
        // A large mail takes its time, and without the dot that ends it nothing is sent.
        if !gate.may_send() {
            return Err(Fail::gave_back());
        }
        match line.dot().await {
            Ok(_) => {
                line.delivered();
                self.pool.put(line);
                Ok(Receipt { provider_message_id: message.rfc_message_id.clone().unwrap_or_default() })
            }
            Err(Trouble::Refused(reply)) => Err(self.refused(line, Stage::Dot, reply)),
            Err(trouble) => Err(explain(Stage::Dot, &trouble)),
        }
    }

    /// SMTP has no question for this; a bounce or an answer may still prove it later.
    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }
}
