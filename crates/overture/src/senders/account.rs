//! What a sender signs in with: kept sealed, shown without its secrets, changed field by field.

use crate::{
    app::App,
    error::{Error, FieldError, Result},
    outside,
};
use domain::Channel;
use providers::{Fail, Provider};
use serde_json::{Map, Value, json};
use store::sender::Sender;

/// The place that a mailbox's credentials are sealed for.
pub fn mailbox_place(sender: &str) -> String {
    format!("senders/{sender}/mailbox")
}

/// Seals the credentials of a sender.
pub fn seal(app: &App, sender: &str, credentials: &Value) -> Result<String> {
    Ok(app.keys.seal(&outside::place(sender), &credentials.to_string())?)
}

/// The credentials of a sender in the clear; `None` where it has none of its own.
pub fn unseal(app: &App, sender: &Sender) -> Result<Option<Value>> {
    let mut stored = outside::stored(&app.keys, sender)?;
    // What the sandbox's stand-in gave is no account.
    if let Some(fields) = stored.as_object_mut() {
        fields.remove(outside::SANDBOX_TOKEN);
    }
    Ok(stored.as_object().is_some_and(|fields| !fields.is_empty()).then_some(stored))
}

/// The mailbox that answers are read from, in the clear.
pub fn mailbox(app: &App, sender: &Sender) -> Result<Option<Value>> {
    let Some(sealed) = &sender.mailbox else { return Ok(None) };
    Ok(Some(serde_json::from_str(&app.keys.unseal(&mailbox_place(sender.id.as_str()), sealed)?)?))
}

/// Gives a sender a mailbox, or takes it away.
pub fn set_mailbox(app: &App, sender: &mut Sender, mailbox: Option<&Value>) -> Result<()> {
    let seal = |mailbox: &Value| app.keys.seal(&mailbox_place(sender.id.as_str()), &mailbox.to_string());
    sender.mailbox = mailbox.map(seal).transpose()?;
    Ok(())
}

/// The names of the fields that nobody is shown.
fn secrets(schema: &Value) -> impl Iterator<Item = &str> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.filter(|(_, field)| field["format"] == "password").map(|(name, _)| name.as_str())
}

/// Credentials without their secrets, and which secrets are stored.
pub fn shown(credentials: &Value, schema: &Value) -> Value {
    let mut fields = credentials.as_object().cloned().unwrap_or_default();
    let hidden: Vec<&str> = secrets(schema).filter(|name| fields.remove(*name).is_some()).collect();
    json!({ "fields": fields, "saved": hidden })
}

/// New credentials over the stored ones: what is not given stays, `null` takes a field away.
pub fn merged(stored: Option<Value>, given: &Value) -> Value {
    let mut fields = match stored {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for (name, value) in given.as_object().into_iter().flatten() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(fields)
}

/// Refuses credentials that lack a field, with one error per field: `credentials.host`.
fn complete(group: &str, schema: &Value, credentials: &Value) -> Result<()> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing: Vec<FieldError> = required
        .filter(|name| credentials[name].is_null() || credentials[name] == "")
        .map(|name| FieldError { field: format!("{group}.{name}"), message: "This is needed".into() })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = "The account is not complete. Fill in the fields that are marked, or leave all of it empty \
                   for a sender that works in the sandbox only";
    let mut refused = Error::invalid("sender.account_incomplete", message);
    refused.fields = missing;
    Err(refused)
}

/// Refuses credentials that the provider could not use. Nobody is called.
pub fn require_fit(app: &App, provider: &Provider, credentials: &Value) -> Result<()> {
    complete("credentials", &provider.credentials, credentials)?;
    app.outside.fits(provider, credentials).map_err(|fail| misfit("credentials", &fail))
}

/// Whether answers may be read from a mailbox beside the account: of Gmail the account is one.
pub fn may_have_mailbox(provider: &Provider) -> bool {
    provider.channel == Channel::Email && provider.id != "gmail"
}

/// Refuses a mailbox that could not be read. Nobody is called.
pub fn require_mailbox(provider: &Provider, mailbox: &Value) -> Result<()> {
    if provider.id == "gmail" {
        let message = "A Gmail account brings its own mailbox, which is read by itself";
        return Err(Error::field("sender.no_mailbox", "imap", message));
    }
    if !may_have_mailbox(provider) {
        let message = "Only an e-mail sender has a mailbox to read";
        return Err(Error::field("sender.no_mailbox", "imap", message));
    }
    complete("imap", &providers::imap::credentials(), mailbox)
}

fn misfit(field: &str, fail: &Fail) -> Error {
    Error::field("sender.account_unfit", field, fail.message.clone())
}
