//! Google accounts that send and are read: the app that asks for consent, who has given it, and what becomes of a sender
//! by it. How to get to Google and back is in `http/gmail.rs`.

pub mod app;

use crate::{
    app::App,
    error::{Error, Kind, Result},
    messages::Address,
    outside::SANDBOX_TOKEN,
    senders::account,
    tool::Tool,
};
use domain::{
    Channel,
    ids::{MemberId, SenderId},
    limits,
};
use providers::{
    Class, Fail,
    gmail::{self, oauth},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope,
    audit::Deed,
    sender::{self, Sender},
    workspace::Workspace,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    app::tools()
}

/// How a sender stands with its Google account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Somebody has connected it, and Google lets us in.
    Connected,
    /// Google lets us in no more: somebody has to connect it again.
    Reconnect,
    /// Nobody has connected it in the mode that the workspace is in.
    Missing,
}

/// How a sender stands with its Google account; `None` for those of other providers.
pub fn connection(app: &App, workspace: &Workspace, s: &Sender) -> Result<Option<Connection>> {
    if s.provider != "gmail" {
        return Ok(None);
    }
    let stored = crate::outside::stored(&app.keys, s)?;
    let has = !stored[token_of(workspace)].is_null();
    Ok(Some(match s.status.as_str() {
        "broken" => Connection::Reconnect,
        _ if has => Connection::Connected,
        _ => Connection::Missing,
    }))
}

/// Which of the two refresh tokens counts in the mode that the workspace is in.
fn token_of(workspace: &Workspace) -> &'static str {
    if workspace.send_mode == "live" { "refresh_token" } else { SANDBOX_TOKEN }
}

/// Who has asked for consent, and for what.
pub struct Errand<'a> {
    /// The admin's scope.
    pub scope: &'a Scope,
    /// Their name, which a new sender gets.
    pub name: &'a str,
    /// The sender that is to be connected; otherwise the one with the account's address, or a new one.
    pub sender: Option<&'a SenderId>,
    /// From where.
    pub from: Option<&'a str>,
}

fn refused(name: &'static str, message: &str) -> Error {
    Error::new(Kind::Forbidden, name, message)
}

/// What Google says about a code that somebody brought.
fn of_google(fail: Fail) -> Error {
    let (name, kind) = match fail.class {
        Class::Reauth => ("gmail.refused", Kind::Forbidden),
        Class::Config => ("gmail.app_refused", Kind::Forbidden),
        _ => ("gmail.unreachable", Kind::Upstream),
    };
    Error::new(kind, name, fail.message)
}

/// Fetches the tokens for a code, and finds out whose they are.
pub async fn fetch(
    app: &App,
    google: &oauth::App,
    (code, verifier, redirect): (&str, &str, &str),
) -> Result<Consent> {
    let http = app.outside.http();
    let granted = google.exchange(http, code, verifier, redirect).await.map_err(of_google)?;
    if !granted.is_enough() {
        let message = "Sending or reading was not allowed. Connect again and leave both boxes ticked";
        return Err(refused("gmail.scope", message));
    }
    let Some(refresh_token) = granted.refresh_token.clone() else {
        return Err(refused("gmail.refused", "Google gave nothing that lasts. Connect again"));
    };
    let (address, cursor) = gmail::whose(http, google, &granted.access_token).await.map_err(of_google)?;
    Ok(Consent { address, cursor, refresh_token })
}

/// An account that may be used.
pub struct Consent {
    address: String,
    /// Where its mailbox stands now.
    cursor: String,
    refresh_token: String,
}

/// Gives the account to its sender. What came while it was not connected is read from where the mailbox was left.
pub async fn keep(
    app: &Arc<App>,
    errand: &Errand<'_>,
    google: &oauth::App,
    consent: Consent,
) -> Result<SenderId> {
    let scope = errand.scope;
    let workspace = store::workspace::get(&app.db, scope).await?;
    let address = Address::parse(Channel::Email, &consent.address, "US")?;
    let senders = sender::list(&app.db, scope).await?;
    let is_same = |s: &&Sender| {
        s.channel == Channel::Email
            && Address::parse(s.channel, &s.address, "US").is_ok_and(|known| known.key == address.key)
    };
    let known = senders.iter().find(is_same).cloned();
    if let Some(wanted) = errand.sender
        && known.as_ref().is_none_or(|known| known.id != *wanted)
    {
        return Err(refused(
            "gmail.other_account",
            "This Google account has another address than the sender",
        ));
    }
    if known.as_ref().is_some_and(|known| known.provider != "gmail") {
        return Err(Error::conflict("gmail.taken", "There is a sender with this address already"));
    }
    let is_new = known.is_none();
    let mut s = known.unwrap_or_else(|| new_sender(scope, errand.name, &address));
    let mut credentials = if is_new { json!({}) } else { crate::outside::stored(&app.keys, &s)? };
    let was_connected = !credentials[token_of(&workspace)].is_null();
    take(&mut credentials, &workspace, google, consent.refresh_token);
    s.credentials = account::seal(app, s.id.as_str(), &credentials)?;
    if s.status == "broken" {
        s.status = "active".into();
    }
    s.problem = None;
    let tx = app.db.begin_for(scope).await?;
    sender::save(&tx, scope, &s, &address.key, app.clock.now()).await.map_err(|error| match error {
        store::Error::Exists => Error::conflict("gmail.taken", "There is a sender with this address already"),
        other => other.into(),
    })?;
    if !was_connected {
        let place = crate::loops::polls::place(&workspace, &consent.cursor);
        let way = (s.poll_cursor.as_deref(), place.as_str());
        sender::set_poll_cursor(&tx, &s.id, way, Some(app.real_ms())).await?;
    }
    let deed =
        Deed { action: "gmail_connect", subject: s.id.as_str(), address: errand.from, data: &json!({}) };
    store::audit::write(&tx, scope, deed, app.clock.now()).await?;
    app.commit(tx).await?;
    app.wake.outbox.notify_one();
    app.tell(&scope.workspace, "stats:updated", json!({ "sender_id": s.id }));
    Ok(s.id)
}

/// The tokens of the one mode leave those of the other as they are.
fn take(credentials: &mut Value, workspace: &Workspace, google: &oauth::App, refresh_token: String) {
    if !credentials.is_object() {
        *credentials = json!({});
    }
    credentials[token_of(workspace)] = json!(refresh_token);
    if workspace.send_mode == "live" {
        credentials["client_id"] = json!(google.client_id);
        credentials["client_secret"] = json!(google.client_secret);
        credentials["base_url"] = json!(google.base_url);
    }
}

fn new_sender(scope: &Scope, name: &str, address: &Address) -> Sender {
    Sender {
        daily_cap: Some(limits::gmail_a_day(&address.display)),
        ..Sender::new(&scope.workspace, Channel::Email, "gmail", name, &address.display)
    }
}

/// Who may ask for consent, and be it who comes back with it.
pub async fn require_admin(app: &App, scope: &Scope, member: &MemberId) -> Result<()> {
    let found = store::member::get(&app.db, scope, member).await?;
    if found.role != "admin" || found.disabled_at.is_some() {
        return Err(refused("gmail.forbidden", "Only an admin connects senders").number(1004));
    }
    Ok(())
}
