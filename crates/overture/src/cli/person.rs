//! Finding the person that a command is about.

use super::{Common, admin, workspace};
use crate::app::App;
use anyhow::{Context, Result};
use domain::{identity, ids::ContactId};
use std::sync::Arc;
use store::{Scope, audit::Deed, contact};

/// The person with this id or address.
pub async fn find(common: &Common, person: &str, of: Option<&str>) -> Result<(Arc<App>, Scope, ContactId)> {
    let app = admin::offline(common).await?;
    let workspace = workspace::choose(&app, of).await?;
    let scope = Scope::system(workspace.id);
    let id = match person.parse::<ContactId>() {
        Ok(id) => Some(id),
        Err(_) => {
            let email = identity::email(person).ok().map(|email| email.key);
            let key = email.or_else(|| identity::phone(person, &workspace.default_country).ok());
            let key =
                key.context("Write an id that begins with con_, an e-mail address or a phone number")?;
            contact::find(&app.db, &scope, &key).await?
        }
    };
    let id = id.context("Nobody in this workspace has this address")?;
    Ok((app, scope, id))
}

/// Writes down what was done to somebody, as it is where a member does it.
pub async fn note(app: &App, scope: &Scope, id: &ContactId, action: &str) -> Result<()> {
    let data = serde_json::json!({ "fields": [] });
    let deed = Deed { action, subject: id.as_str(), address: None, data: &data };
    let tx = app.db.begin().await?;
    store::audit::write(&tx, scope, deed, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
