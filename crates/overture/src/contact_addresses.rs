//! Further addresses of contacts, and whose an e-mail address is.

use crate::{
    error::{Error, FieldError, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    AddressKind,
    address::{self, Address},
    ids::ContactId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{
    Tx,
    contact::{self, Contact},
    contact_address::{self, Holder},
    suppression,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "contact_address_add",
            "POST /contacts/{id}/addresses",
            Access::Write,
            "Give a contact a further address.",
            add,
        ),
        Tool::new(
            "contact_address_remove",
            "DELETE /contacts/{id}/addresses/{kind}/{value}",
            Access::Write,
            "Take a further address from a contact.",
            remove,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the contact.
    id: ContactId,
    /// What the address is one of.
    kind: AddressKind,
    /// The address; phone numbers in any common form.
    value: String,
}

impl One {
    async fn read(&self, ctx: &Ctx) -> Result<Address> {
        let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
        address::read(self.kind, &self.value, &country).map_err(|error| {
            Error::field(error.code, "value", format!("This address cannot be used: {error}"))
        })
    }
}

async fn add(ctx: Ctx, input: One) -> Result<Contact> {
    let address = input.read(&ctx).await?;
    let present = contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    contact_address::hold(&tx, &ctx.scope, &address.key).await?;
    let is_own_phone =
        input.kind == AddressKind::Phone && present.phone.as_deref() == Some(address.key.as_str());
    match contact_address::holder(&tx, &ctx.scope, input.kind, &address.key).await? {
        Some(holder) if holder.id != input.id => return Err(anothers(&ctx, &holder, "value")),
        None if !is_own_phone => {}
        _ => return Err(Error::conflict("contact.address_known", "This contact has this address already")),
    }
    contact_address::add(&tx, &ctx.scope, &input.id, input.kind, &address, "member", now).await?;
    suppression::recognise(&tx, &ctx.scope, [address.key.as_str()], &ctx.app.keys, now).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}

async fn remove(ctx: Ctx, input: One) -> Result<Contact> {
    let address = input.read(&ctx).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    contact_address::remove(&tx, &ctx.scope, &input.id, input.kind, &address.key).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}

async fn changed(ctx: &Ctx, id: &ContactId) -> Result<Contact> {
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": id }));
    Ok(contact::get(&ctx.app.db, &ctx.scope, id).await?)
}

/// Refuses an e-mail address that somebody else has, as their own or as a further one.
pub async fn refuse_anothers(tx: &Tx, ctx: &Ctx, key: Option<&str>, me: Option<&ContactId>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    contact_address::hold(tx, &ctx.scope, key).await?;
    match contact_address::holder(tx, &ctx.scope, AddressKind::Email, key).await? {
        Some(holder) if Some(&holder.id) != me => Err(anothers(ctx, &holder, "email")),
        _ => Ok(()),
    }
}

/// The refusal. Whoever may not see the other contact is told no more than that there is one.
fn anothers(ctx: &Ctx, holder: &Holder, field: &str) -> Error {
    let may_see = ctx.scope.may_see(holder.owner_id.as_ref().map(|owner| owner.as_str()));
    let said = if field == "email" { "e-mail address" } else { "address" };
    let mut message = format!("A contact with this {said} exists already");
    if may_see {
        message += &match holder.name.as_str() {
            "" => format!(": {}", holder.id),
            name => format!(": {name} ({})", holder.id),
        };
    }
    let mut error = Error::conflict("contact.exists", message);
    error.fields.push(FieldError { field: field.into(), message: "Another contact has this address".into() });
    error
}
