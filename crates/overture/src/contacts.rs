//! Contacts (I04).

mod list;

pub use list::Narrowed;

use crate::{
    campaigns::Audience,
    contact_addresses::refuse_anothers,
    custom_fields::{self, Given},
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    identity,
    ids::{ContactId, MemberId},
};
use list::{count, list};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Page, Tx,
    contact::{self, Contact, Fields, TimelineEntry},
    custom_field, member, suppression,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "contact_assign",
            "POST /contacts/assign",
            Access::Manage,
            "Hand contacts over to a member, with their conversations.",
            assign,
        ),
        Tool::new(
            "contact_count",
            "GET /contacts/count",
            Access::Read,
            "Count all contacts that match, however many they are.",
            count,
        ),
        Tool::new("contact_create", "POST /contacts", Access::Write, "Create a contact.", create),
        Tool::new(
            "contact_delete",
            "DELETE /contacts/{id}",
            Access::Write,
            "Delete a contact; its conversations stay.",
            delete,
        ),
        Tool::new(
            "contact_get",
            "GET /contacts/{id}",
            Access::Read,
            "Read one contact. The id of one that was folded into another gives the other.",
            get,
        )
        .following(),
        Tool::new(
            "contact_list",
            "GET /contacts",
            Access::Read,
            "List contacts, newest first or in another order.",
            list,
        ),
        Tool::new(
            "contact_timeline",
            "GET /contacts/{id}/timeline",
            Access::Read,
            "What happened with a contact, newest first.",
            timeline,
        ),
        Tool::new(
            "contact_update",
            "PATCH /contacts/{id}",
            Access::Write,
            "Change fields of a contact.",
            update,
        ),
    ]
}

/// One contact.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// Id of the contact.
    id: ContactId,
}

async fn get(ctx: Ctx, input: One) -> Result<Contact> {
    Ok(contact::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PageOf {
    id: ContactId,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn timeline(ctx: Ctx, input: PageOf) -> Result<Page<TimelineEntry>> {
    contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(contact::timeline(&ctx.app.db, &ctx.scope, &input.id, input.limit, input.cursor.as_deref()).await?)
}

/// Fields as a caller sends them; an empty text clears a field.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Input {
    /// E-mail address.
    pub(crate) email: Option<String>,
    /// Phone number, in any common form.
    pub(crate) phone: Option<String>,
    /// Given name.
    pub(crate) first_name: Option<String>,
    /// Family name.
    pub(crate) last_name: Option<String>,
    /// Company name.
    pub(crate) company: Option<String>,
    /// Job title.
    pub(crate) title: Option<String>,
    /// City.
    pub(crate) city: Option<String>,
    /// Country.
    pub(crate) country: Option<String>,
    /// IANA time zone.
    pub(crate) time_zone: Option<String>,
    /// Status.
    pub(crate) status: Option<String>,
    /// Values of custom fields by key; null or an empty text clears one.
    pub(crate) custom: Given,
}

impl Input {
    /// Lays the input over what is there and checks all of it, field by field.
    fn over(self, present: Fields, default_country: &str) -> Result<Fields> {
        let mut problems = Vec::new();
        let mut refuse =
            |field: &str, message: String| problems.push(FieldError { field: field.into(), message });
        let mut fields = present;
        if let Some(text) = self.email {
            match Some(text.trim()).filter(|t| !t.is_empty()).map(identity::email).transpose() {
                Ok(email) => {
                    (fields.email, fields.email_key) =
                        email.map_or((None, None), |e| (Some(e.display), Some(e.key)))
                }
                Err(error) => refuse("email", error.to_string()),
            }
        }
        if let Some(text) = self.phone {
            match Some(text.trim())
                .filter(|t| !t.is_empty())
                .map(|t| identity::phone(t, default_country))
                .transpose()
            {
                Ok(phone) => fields.phone = phone,
                Err(error) => refuse("phone", error.to_string()),
            }
        }
        if let Some(zone) = self.time_zone.as_deref().filter(|z| !z.is_empty())
            && domain::schedule::zone(zone).is_none()
        {
            refuse("time_zone", "This is not an IANA time zone such as Europe/Oslo".into());
        }
        let texts = [
            ("first_name", self.first_name, &mut fields.first_name),
            ("last_name", self.last_name, &mut fields.last_name),
            ("company", self.company, &mut fields.company),
            ("title", self.title, &mut fields.title),
            ("city", self.city, &mut fields.city),
            ("country", self.country, &mut fields.country),
            ("time_zone", self.time_zone, &mut fields.time_zone),
            ("status", self.status, &mut fields.status),
        ];
        for (name, given, target) in texts {
            let Some(text) = given else { continue };
            let text = domain::template::one_line(text.trim());
            if text.chars().count() > domain::import::MAX_VALUE {
                refuse(name, format!("Write at most {} characters", domain::import::MAX_VALUE));
            } else {
                *target = Some(text).filter(|t| !t.is_empty());
            }
        }
        if fields.email.is_none() && fields.phone.is_none() && problems.is_empty() {
            let message = "A contact needs an e-mail address or a phone number".into();
            problems.push(FieldError { field: "email".into(), message });
        }
        if problems.is_empty() {
            return Ok(fields);
        }
        let mut error =
            Error::new(Kind::Invalid, "contact.invalid", "Some fields of the contact cannot be used");
        error.fields = problems;
        Err(error)
    }
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Exists => {
            let mut error =
                Error::conflict("contact.exists", "A contact with this e-mail address exists already");
            error.fields.push(FieldError {
                field: "email".into(),
                message: "Another contact has this address".into(),
            });
            error
        }
        other => other.into(),
    }
}

async fn country(ctx: &Ctx) -> Result<String> {
    Ok(store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country)
}

/// The addresses as they are compared.
fn keys(fields: &Fields) -> impl Iterator<Item = &str> {
    [fields.email_key.as_deref(), fields.phone.as_deref()].into_iter().flatten()
}

/// The fields of a new contact, checked.
pub(crate) async fn checked(ctx: &Ctx, input: Input) -> Result<Fields> {
    input.over(Fields::default(), &country(ctx).await?)
}

/// Adds a contact of these fields, in a transaction of the caller's.
pub(crate) async fn add(ctx: &Ctx, tx: &Tx, fields: &Fields) -> Result<ContactId> {
    let id = store::new_id(ContactId::from_uuid);
    let now = ctx.app.clock.now();
    refuse_anothers(tx, ctx, fields.email_key.as_deref(), None).await?;
    contact::create(tx, &ctx.scope, &id, fields, now).await.map_err(taken)?;
    suppression::recognise(tx, &ctx.scope, keys(fields), &ctx.app.keys, now).await?;
    Ok(id)
}

async fn create(ctx: Ctx, input: Input) -> Result<Contact> {
    let custom = custom_fields::read(&ctx, &input.custom).await?;
    let fields = checked(&ctx, input).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let id = add(&ctx, &tx, &fields).await?;
    custom_field::set(&tx, &ctx.scope, &id, &custom).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(contact::get(&ctx.app.db, &ctx.scope, &id).await?)
}

#[derive(Deserialize, JsonSchema)]
struct Patch {
    id: ContactId,
    #[serde(flatten)]
    fields: Input,
}

async fn update(ctx: Ctx, input: Patch) -> Result<Contact> {
    let present = contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let present = Fields {
        email_key: present.email.as_deref().and_then(|e| identity::email(e).ok()).map(|e| e.key),
        email: present.email,
        phone: present.phone,
        first_name: present.first_name,
        last_name: present.last_name,
        company: present.company,
        title: present.title,
        city: present.city,
        country: present.country,
        time_zone: present.time_zone,
        status: None,
    };
    let custom = custom_fields::read(&ctx, &input.fields.custom).await?;
    let keeps_company = input.fields.company.is_none();
    let mut fields = input.fields.over(present, &country(&ctx).await?)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    refuse_anothers(&tx, &ctx, fields.email_key.as_deref(), Some(&input.id)).await?;
    if keeps_company {
        fields.company = contact::company_now(&tx, &ctx.scope, &input.id).await?;
    }
    contact::update(&tx, &ctx.scope, &input.id, &fields, now).await.map_err(taken)?;
    custom_field::set(&tx, &ctx.scope, &input.id, &custom).await?;
    suppression::recognise(&tx, &ctx.scope, keys(&fields), &ctx.app.keys, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.steps.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": input.id }));
    Ok(contact::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assign {
    /// Who gets them.
    owner_id: MemberId,
    /// Which contacts.
    who: Audience,
}

/// How many contacts changed hands.
#[derive(Serialize, JsonSchema)]
struct Assigned {
    assigned: u64,
}

async fn assign(ctx: Ctx, input: Assign) -> Result<Assigned> {
    let query = input.who.query(&ctx).await?;
    let owner = member::get(&ctx.app.db, &ctx.scope, &input.owner_id).await?;
    if owner.disabled_at.is_some() {
        let message = "This member may no longer come in. Choose somebody else";
        return Err(Error::field("member.disabled", "owner_id", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let assigned = contact::assign(&tx, &ctx.scope, &query, &owner.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    for event in ["contacts:updated", "stats:updated"] {
        ctx.app.tell(&ctx.scope.workspace, event, json!({}));
    }
    let book = crate::live::Audience::owner(owner.id.as_str());
    ctx.app.hub.publish(&book, "contacts:updated", &json!({}));
    Ok(Assigned { assigned })
}

/// It is gone.
#[derive(Serialize, JsonSchema)]
pub struct Gone {
    /// Its id.
    pub id: String,
    /// Always true.
    pub deleted: bool,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    contact::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(Gone { id: input.id.to_string(), deleted: true })
}
