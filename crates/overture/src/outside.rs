//! The outside world as a sender reaches it. While a workspace is in sandbox mode every call goes to the
//! sandbox, whatever credentials are stored: this file is the one place that decides it. The one call that
//! a person may make past it is the test of a stored account, which sends nothing.

use crate::{
    config::Mail,
    keys::Keys,
    paced::{Paced, Paces},
};
use anyhow::Result;
use domain::api_rate::ApiRate;
use providers::{Api, Class, Fail, Http, Provider, gmail::oauth};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use store::{sender::Sender, workspace::Workspace};

/// How the sandbox is reached, and what it authenticates with.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// `http://127.0.0.1:port`
    pub http: String,
    /// Its SMTP server.
    pub smtp: SocketAddr,
    /// Its Twilio account.
    pub account_sid: String,
    /// That account's token, with which it also signs webhooks.
    pub auth_token: String,
    /// What it signs incoming mail with.
    pub email_secret: String,
    /// The access token of its Graph API.
    pub meta_token: String,
    /// The secret of its Meta app, with which it also signs webhooks.
    pub meta_secret: String,
}

/// One API of one sender, with what it was made from.
type Connected = (String, Arc<dyn Api>);

/// Providers, connected per sender and kept: an SMTP connection pool lives in its API.
pub struct Outside {
    http: Http,
    /// The sandbox.
    pub sandbox: Sandbox,
    connected: Mutex<HashMap<String, Connected>>,
    paces: Arc<Paces>,
}

impl Outside {
    /// `timeout` bounds one call in total.
    pub fn new(sandbox: Sandbox, timeout: std::time::Duration) -> Self {
        Self {
            http: Http::with_timeout(timeout),
            sandbox,
            connected: Mutex::default(),
            paces: Arc::default(),
        }
    }

    /// The API of a sender: the provider's, or its stand-in while the workspace is in sandbox mode.
    pub fn api(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Result<Arc<dyn Api>, Fail> {
        let made_from = format!("{}/{}/{}", workspace.send_mode, sender.provider, sender.credentials);
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, api)) = connected.get(sender.id.as_str())
            && *from == made_from
        {
            return Ok(api.clone());
        }
        let credentials = self.credentials(keys, workspace, sender)?;
        let provider = provider_of(sender)?;
        let api = (provider.connect)(&self.http, &credentials)?;
        // The stand-in takes whatever comes.
        let api: Arc<dyn Api> = match workspace.send_mode.as_str() {
            "live" if domain::api_rate::of(provider.id).is_some() => {
                Arc::new(Paced::new(api, provider.id, shared_by(sender, &credentials), self.paces.clone()))
            }
            _ => api.into(),
        };
        connected.insert(sender.id.to_string(), (made_from, api.clone()));
        Ok(api)
    }

    /// How fast providers are called here.
    pub fn paces(&self) -> &Paces {
        &self.paces
    }

    /// How fast the provider of a sender lets its account be called, and how long a call would wait now.
    pub fn pace(&self, sender: &Sender, account: Option<&Value>) -> Option<(ApiRate, std::time::Duration)> {
        self.paces.of(&sender.provider, &shared_by(sender, account.unwrap_or(&Value::Null)))
    }

    /// Takes an API in place of the provider's for one sender of a workspace in sandbox mode: for the measurement of what
    /// is ours alone.
    pub fn take_in_place(&self, workspace: &Workspace, sender: &Sender, api: Arc<dyn Api>) {
        let made_from = format!("{}/{}/{}", workspace.send_mode, sender.provider, sender.credentials);
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if workspace.send_mode != "live" {
            connected.insert(sender.id.to_string(), (made_from, api));
        }
    }

    /// The stored account of a sender, whatever the mode: for the test that a person asks for before going
    /// live, which signs in and sends nothing. No message ever goes this way.
    pub fn account(&self, keys: &Keys, sender: &Sender) -> Result<Box<dyn Api>, Fail> {
        let credentials = live(keys, sender)?;
        (provider_of(sender)?.connect)(&self.http, &credentials)
    }

    /// Whether credentials have the shape that a provider wants. Nobody is called.
    pub fn fits(&self, provider: &Provider, credentials: &Value) -> Result<(), Fail> {
        (provider.connect)(&self.http, credentials).map(drop)
    }

    /// The mail server of the installation, as mail to members of a workspace reaches it: the sandbox's while that is in
    /// sandbox mode.
    pub fn member_mail(&self, workspace: &Workspace, mail: Option<&Mail>) -> Result<Arc<dyn Api>, Fail> {
        let is_live = workspace.send_mode == "live";
        let key = if is_live { "members/live" } else { "members/sandbox" };
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, api)) = connected.get(key) {
            return Ok(api.clone());
        }
        let credentials = match (is_live, mail) {
            (true, Some(mail)) => mail.server.clone(),
            (true, None) => {
                return Err(Fail::new(Class::Config, "No mail server is set up in the configuration"));
            }
            (false, _) => self.sandbox_smtp(),
        };
        let smtp =
            providers::by_id("smtp").ok_or_else(|| Fail::new(Class::Config, "There is no SMTP here"))?;
        let api: Arc<dyn Api> = (smtp.connect)(&self.http, &credentials)?.into();
        connected.insert(key.into(), (String::new(), api.clone()));
        Ok(api)
    }

    /// Whom mail to members comes from: address and name.
    pub fn member_mail_from(&self, workspace: &Workspace, mail: Option<&Mail>) -> (String, String) {
        match mail.filter(|_| workspace.send_mode == "live") {
            Some(mail) => (mail.from.clone(), mail.from_name.clone()),
            None => ("notifications@overture.example".into(), "Overture".into()),
        }
    }

    fn sandbox_smtp(&self) -> Value {
        json!({
            "host": self.sandbox.smtp.ip().to_string(), "port": self.sandbox.smtp.port(), "security": "starttls",
            "accept_invalid_certs": true, "username": sandbox::Options::default().smtp_user,
            "password": sandbox::Options::default().smtp_password,
        })
    }

    /// What DNS says in the sandbox. An error is for a person to read.
    pub async fn sandbox_dns(&self, name: &str, kind: &str) -> Result<Vec<String>, String> {
        #[derive(serde::Deserialize)]
        struct Said {
            values: Vec<String>,
        }
        let url = format!("{}/_sandbox/dns", self.sandbox.http);
        let asked = self.http.client().get(url).query(&[("name", name), ("kind", kind)]).send().await;
        let silent = |error: reqwest::Error| {
            tracing::info!(%error, "the sandbox did not answer about a name");
            "the DNS server did not answer".to_owned()
        };
        let answer = asked.and_then(reqwest::Response::error_for_status).map_err(silent)?;
        Ok(answer.json::<Said>().await.map_err(silent)?.values)
    }

    fn credentials(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Result<Value, Fail> {
        if workspace.send_mode == "live" {
            return live(keys, sender);
        }
        match sender.provider.as_str() {
            "smtp" => Ok(self.sandbox_smtp()),
            "twilio" => Ok(json!({
                "account_sid": self.sandbox.account_sid, "auth_token": self.sandbox.auth_token, "base_url": self.sandbox.http,
            })),
            "whatsapp" => {
                let mut account = self.at_graph();
                account["phone_number_id"] = json!(sender.address.trim_start_matches('+'));
                account["business_account_id"] = account["phone_number_id"].clone();
                Ok(account)
            }
            "messenger" => Ok(self.at_graph()),
            "gmail" => {
                let stored = stored(keys, sender).map_err(|e| Fail::new(Class::Config, e.to_string()))?;
                let token = stored[SANDBOX_TOKEN].as_str().map(str::to_owned);
                let app = self.sandbox_google();
                Ok(json!({
                    "client_id": app.client_id, "client_secret": app.client_secret, "base_url": app.base_url,
                    "refresh_token": token.unwrap_or_else(|| sandbox::Options::gmail_token(&sender.address)),
                    "address": sender.address,
                }))
            }
            // Nobody enters a hook at the stand-in: the address of an account says where it is.
            "bonzo" => {
                let hook = format!("hook/{}/{}", sender.id, bonzo_token(keys, sender));
                Ok(json!({
                    "api_key": sandbox::Options::BONZO_KEY, "base_url": format!("{}/bonzo/{hook}", self.sandbox.http),
                }))
            }
            "tiktok" => Ok(json!({
                "access_token": sandbox::Options::TIKTOK_TOKEN, "app_secret": sandbox::Options::TIKTOK_SECRET,
                "base_url": format!("{}/tiktok", self.sandbox.http), "business_id": sender.address,
            })),
            "slybroadcast" => Ok(json!({
                "uid": sandbox::Options::SLYBROADCAST_UID, "password": sandbox::Options::SLYBROADCAST_PASSWORD,
                "base_url": format!("{}/gateway", self.sandbox.http), "elevenlabs_api_key": sandbox::Options::ELEVENLABS_KEY,
                "voice_id": sandbox::Options::ELEVENLABS_VOICE, "elevenlabs_base_url": format!("{}/elevenlabs", self.sandbox.http),
            })),
            // Nobody is called: the device comes by itself.
            "relayer" => Ok(json!({})),
            other => Err(Fail::new(Class::Config, format!("The sandbox has no stand-in for {other}"))),
        }
    }

    /// The app at Google that a workspace's people are asked for consent with: its own, or that of the stand-in while the
    /// workspace is in sandbox mode.
    pub fn google_app(&self, workspace: &Workspace, own: Option<oauth::App>) -> Option<oauth::App> {
        if workspace.send_mode == "live" { own } else { Some(self.sandbox_google()) }
    }

    fn sandbox_google(&self) -> oauth::App {
        oauth::App {
            client_id: sandbox::Options::GMAIL_CLIENT_ID.to_owned(),
            client_secret: sandbox::Options::GMAIL_CLIENT_SECRET.to_owned(),
            base_url: Some(format!("{}/google", self.sandbox.http)),
        }
    }

    /// The client that providers share, for who asks one without an account.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The sandbox's Graph API knows a number or a page by its own digits.
    fn at_graph(&self) -> Value {
        json!({
            "access_token": self.sandbox.meta_token, "app_secret": self.sandbox.meta_secret, "base_url": format!("{}/graph", self.sandbox.http),
        })
    }

    /// The secret that Meta signs this sender's webhooks with.
    pub fn meta_secret(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Option<String> {
        if workspace.send_mode != "live" {
            return Some(self.sandbox.meta_secret.clone());
        }
        stored(keys, sender).ok()?.get("app_secret")?.as_str().map(str::to_owned)
    }

    /// The secret that TikTok signs this sender's webhooks with.
    pub fn tiktok_secret(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Option<String> {
        if workspace.send_mode != "live" {
            return Some(sandbox::Options::TIKTOK_SECRET.to_owned());
        }
        stored(keys, sender).ok()?.get("app_secret")?.as_str().map(str::to_owned)
    }

    /// The token that Twilio signs this sender's webhooks with.
    pub fn twilio_token(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Option<String> {
        if workspace.send_mode != "live" {
            return Some(self.sandbox.auth_token.clone());
        }
        stored(keys, sender).ok()?.get("auth_token")?.as_str().map(str::to_owned)
    }

    /// The secrets that incoming mail of this sender may be signed with: one for each key of the installation.
    pub fn email_secrets(&self, keys: &Keys, workspace: &Workspace, sender: &Sender) -> Vec<String> {
        if workspace.send_mode != "live" {
            return vec![self.sandbox.email_secret.clone()];
        }
        keys.signatures(INBOUND_EMAIL, sender.id.as_str())
    }
}

/// The stored account as its provider gets it: on TikTok and at Google the sender's address says which one it is.
fn live(keys: &Keys, sender: &Sender) -> Result<Value, Fail> {
    let mut account = stored(keys, sender).map_err(|e| Fail::new(Class::Config, e.to_string()))?;
    match sender.provider.as_str() {
        "tiktok" => account["business_id"] = json!(sender.address),
        "gmail" if account["refresh_token"].is_null() => {
            let message =
                "This sender is not connected with a Google account yet. Connect it in the settings.";
            return Err(Fail::new(Class::Config, message));
        }
        "gmail" => account["address"] = json!(sender.address),
        _ => {}
    }
    Ok(account)
}

/// What shares a limit of its provider: the account where that is what the provider counts, else the sender. Nobody has
/// proved that an account is theirs, so that none is shared between workspaces.
fn shared_by(sender: &Sender, credentials: &Value) -> String {
    let account = match sender.provider.as_str() {
        "twilio" => credentials["account_sid"].as_str(),
        "slybroadcast" => credentials["uid"].as_str(),
        _ => None,
    };
    format!("{} {}", sender.workspace_id, account.unwrap_or(sender.id.as_str()))
}

fn provider_of(sender: &Sender) -> Result<&'static Provider, Fail> {
    providers::by_id(&sender.provider)
        .ok_or_else(|| Fail::new(Class::Config, format!("There is no provider called {}", sender.provider)))
}

/// Where a sender keeps what the sandbox's stand-in for Google gave, beside its credentials.
pub const SANDBOX_TOKEN: &str = "sandbox_refresh_token";

const INBOUND_EMAIL: &str = "inbound email";
const BONZO_HOOK: &str = "bonzo hook";
const META_HANDSHAKE: &str = "meta webhook";

/// The token that Meta shows when it asks whether a webhook's address is ours: what the member enters beside it.
pub fn verify_token(keys: &Keys, sender: &Sender) -> String {
    keys.sign(META_HANDSHAKE, sender.id.as_str())
}

/// What makes the address unguessable that Bonzo posts to.
pub fn bonzo_token(keys: &Keys, sender: &Sender) -> String {
    keys.sign(BONZO_HOOK, sender.id.as_str())
}

/// Whether a token is that of a sender's address.
pub fn is_bonzo_token(keys: &Keys, sender: &Sender, token: &str) -> bool {
    keys.is_signed(BONZO_HOOK, sender.id.as_str(), token)
}

/// The same for each key of the installation: the handshake may come after a rotation.
pub fn verify_tokens(keys: &Keys, sender: &Sender) -> Vec<String> {
    keys.signatures(META_HANDSHAKE, sender.id.as_str())
}

/// The secret that incoming mail of a sender is signed with in live mode: a mail service has to know it.
pub fn live_email_secret(keys: &Keys, sender: &Sender) -> String {
    keys.sign(INBOUND_EMAIL, sender.id.as_str())
}

/// The credentials of a sender in the clear.
pub fn stored(keys: &Keys, sender: &Sender) -> Result<Value> {
    Ok(serde_json::from_str(&keys.unseal(&place(sender.id.as_str()), &sender.credentials)?)?)
}

/// The place that a sender's credentials are sealed for.
pub fn place(sender: &str) -> String {
    format!("senders/{sender}/credentials")
}
