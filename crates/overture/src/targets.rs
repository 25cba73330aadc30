//! Targets (E11, I04): people and accounts that a rep means to research, until they are contacts.

use crate::{
    contacts::{self, Gone, Input as NewContact},
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    AddressKind, identity,
    ids::{ContactId, MemberId, TargetId},
    import::split_name,
    target::{self as rule, MAX_NOTES, MAX_VALUE, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    contact::{self, Contact},
    contact_address,
    target::{self, Fields, Query, Target},
};

/// Most targets of one member.
const MAX_TARGETS: i64 = 10_000;
/// Most targets that are created at once.
const MAX_AT_ONCE: usize = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "target_convert",
            "POST /targets/{id}/convert",
            Access::Write,
            "Make a contact of a target, or say which contact it is.",
            convert,
        ),
        Tool::new(
            "target_create",
            "POST /targets",
            Access::Write,
            "Put somebody on the list of those to research.",
            create,
        ),
        Tool::new(
            "target_create_many",
            "POST /targets/batch",
            Access::Write,
            "Put several on the list of those to research.",
            create_many,
        ),
        Tool::new(
            "target_delete",
            "DELETE /targets/{id}",
            Access::Write,
            "Remove a target; the contact that it became stays.",
            delete,
        ),
        Tool::new("target_get", "GET /targets/{id}", Access::Read, "Read one target.", get),
        Tool::new("target_list", "GET /targets", Access::Read, "List targets, newest first.", list),
        Tool::new(
            "target_update",
            "PATCH /targets/{id}",
            Access::Write,
            "Change fields of a target.",
            update,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Exact state.
    state: Option<State>,
    /// Part of a name, company, handle or address.
    search: Option<String>,
    /// Only targets of this member.
    owner_id: Option<MemberId>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Targets {
    data: Vec<Target>,
    next_cursor: Option<String>,
    /// How many match in each state, whatever state was asked for.
    counts: BTreeMap<String, i64>,
}

async fn list(ctx: Ctx, input: List) -> Result<Targets> {
    let query = Query { state: input.state, search: input.search, owner: input.owner_id };
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = target::page(db, scope, &query, input.limit, input.cursor.as_deref()).await?;
    let mut counts: BTreeMap<String, i64> = State::ALL.iter().map(|state| (state.to_string(), 0)).collect();
    counts.extend(
        target::counts(db, scope, &query).await?.into_iter().map(|(state, count)| (state.to_string(), count)),
    );
    Ok(Targets { data: page.data, next_cursor: page.next_cursor, counts })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the target.
    id: TargetId,
}

async fn get(ctx: Ctx, input: One) -> Result<Target> {
    Ok(target::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

/// Fields as a caller sends them; an empty text clears a field.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
struct Input {
    /// Name of the person, or of the account.
    name: Option<String>,
    /// Where they work.
    company: Option<String>,
    /// Job title.
    title: Option<String>,
    /// E-mail address, where one is known.
    email: Option<String>,
    /// Name on Telegram, or the address of it.
    telegram: Option<String>,
    /// Name on X, or the address of it.
    x: Option<String>,
    /// A page about them.
    url: Option<String>,
    /// Notes, in as many lines as you like.
    notes: Option<String>,
    /// How far the research is. `approached` is what a target becomes with a contact.
    state: Option<State>,
}

impl Input {
    /// Lays the input over what is there and checks all of it; `place` stands before the names of the fields.
    fn over(self, present: Fields, place: &str, problems: &mut Vec<FieldError>) -> Fields {
        let mut refuse = |field: &str, message: String| {
            problems.push(FieldError { field: format!("{place}{field}"), message });
        };
        let mut fields = present;
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(name) = self.name {
            fields.name = domain::template::one_line(name.trim());
        }
        if fields.name.is_empty() || fields.name.chars().count() > MAX_VALUE {
            refuse("name", format!("Write a name of 1 to {MAX_VALUE} characters"));
        }
        for (name, given, to) in
            [("company", self.company, &mut fields.company), ("title", self.title, &mut fields.title)]
        {
            let Some(text) = given else { continue };
            let text = domain::template::one_line(text.trim());
            if text.chars().count() > MAX_VALUE {
                refuse(name, format!("Write at most {MAX_VALUE} characters"));
            }
            *to = filled(text);
        }
        let mut read = |name: &str,
                        given: Option<String>,
                        to: &mut Option<String>,
                        by: &dyn Fn(&str) -> Result<String, String>| {
            let Some(text) = given else { return };
            match filled(text.trim().to_owned()).as_deref().map(by).transpose() {
                Ok(value) => *to = value,
                Err(message) => refuse(name, message),
            }
        };
        let email =
            |text: &str| identity::email(text).map(|email| email.display).map_err(|error| error.to_string());
        read("email", self.email, &mut fields.email, &email);
        let telegram = |text: &str| rule::telegram(text).map(|address| address.value).map_err(str::to_owned);
        read("telegram", self.telegram, &mut fields.telegram, &telegram);
        read("x", self.x, &mut fields.x, &|text| rule::x(text).map_err(str::to_owned));
        let url = |text: &str| {
            let value = domain::custom_field::FieldKind::Url.read(text, &[])?;
            value.map(|value| value.text).ok_or_else(|| "Write an address".to_owned())
        };
        read("url", self.url, &mut fields.url, &url);
        if let Some(text) = self.notes {
            let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
            if text.chars().count() > MAX_NOTES {
                refuse("notes", format!("Write at most {MAX_NOTES} characters"));
            }
            fields.notes = filled(text);
        }
        if self.state.is_some_and(|state| !state.is_by_hand()) {
            refuse("state", "A target is approached by making a contact of it: convert it".into());
        }
        fields.state = self.state;
        fields
    }
}

fn refused(problems: Vec<FieldError>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Kind::Invalid, "target.invalid", "Some fields of the target cannot be used");
    error.fields = problems;
    Err(error)
}

async fn insert(ctx: &Ctx, targets: &[Fields]) -> Result<Vec<TargetId>> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let more = i64::try_from(targets.len()).unwrap_or(i64::MAX);
    if target::count(&tx, &ctx.scope).await?.saturating_add(more) > MAX_TARGETS {
        let message = format!("Your list holds {MAX_TARGETS} targets at most. Remove some first");
        return Err(Error::conflict("target.too_many", message));
    }
    let ids = target::create(&tx, &ctx.scope, targets, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    Ok(ids)
}

async fn create(ctx: Ctx, input: Input) -> Result<Target> {
    let mut problems = Vec::new();
    let fields = input.over(Fields::default(), "", &mut problems);
    refused(problems)?;
    let id = insert(&ctx, &[fields]).await?.pop().ok_or_else(|| Error::not_found("target"))?;
    get(ctx, One { id }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Several {
    /// 1 to 200 targets.
    targets: Vec<Input>,
}

#[derive(Serialize, JsonSchema)]
struct Created {
    /// In the order in which they were given.
    data: Vec<Target>,
}

async fn create_many(ctx: Ctx, input: Several) -> Result<Created> {
    if input.targets.is_empty() || input.targets.len() > MAX_AT_ONCE {
        let message = format!("Give 1 to {MAX_AT_ONCE} targets at once");
        return Err(Error::field("target.how_many", "targets", message));
    }
    let mut problems = Vec::new();
    let each = input.targets.into_iter().enumerate();
    let all: Vec<Fields> = each
        .map(|(at, one)| one.over(Fields::default(), &format!("targets[{at}]."), &mut problems))
        .collect();
    refused(problems)?;
    let mut data = Vec::with_capacity(all.len());
    for id in insert(&ctx, &all).await? {
        data.push(target::get(&ctx.app.db, &ctx.scope, &id).await?);
    }
    Ok(Created { data })
}

#[derive(Deserialize, JsonSchema)]
struct Patch {
    id: TargetId,
    #[serde(flatten)]
    fields: Input,
}

async fn update(ctx: Ctx, input: Patch) -> Result<Target> {
    let present = target::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if present.contact_id.is_some() && input.fields.state.is_some() {
        let message = "This target is a contact already. Change the status of the contact";
        return Err(Error::conflict("target.approached", message));
    }
    let mut problems = Vec::new();
    let present = Fields {
        name: present.name,
        company: present.company,
        title: present.title,
        email: present.email,
        telegram: present.telegram,
        x: present.x,
        url: present.url,
        notes: present.notes,
        state: None,
    };
    let fields = input.fields.over(present, "", &mut problems);
    refused(problems)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    target::update(&tx, &ctx.scope, &input.id, &fields, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    get(ctx, One { id: input.id }).await
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    target::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Convert {
    id: TargetId,
    /// E-mail address of the new contact; that of the target where it is left out.
    email: Option<String>,
    /// Phone number of the new contact.
    phone: Option<String>,
    /// A contact that the target is already.
    contact_id: Option<ContactId>,
}

/// What a target became.
#[derive(Serialize, JsonSchema)]
struct Converted {
    target: Target,
    contact: Contact,
}

async fn convert(ctx: Ctx, input: Convert) -> Result<Converted> {
    let present = target::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let fields = match &input.contact_id {
        Some(_) => None,
        None => Some(contacts::checked(&ctx, new_contact(&present, input.email, input.phone)).await?),
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    let contact = match (input.contact_id, fields) {
        (Some(id), _) => id,
        (None, Some(fields)) => contacts::add(&ctx, &tx, &fields).await?,
        (None, None) => return Err(Error::not_found("contact")),
    };
    target::approached(&tx, &ctx.scope, &input.id, &contact, now).await?;
    // Somebody else may have the name on Telegram: it stays theirs, and with the target.
    if let Some(address) = present.telegram.as_deref().and_then(|text| rule::telegram(text).ok()) {
        let kind = AddressKind::Telegram;
        contact_address::hold(&tx, &ctx.scope, &address.key).await?;
        if contact_address::holder(&tx, &ctx.scope, kind, &address.key).await?.is_none() {
            contact_address::add(&tx, &ctx.scope, &contact, kind, &address, "member", now).await?;
        }
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": contact }));
    Ok(Converted {
        target: target::get(&ctx.app.db, &ctx.scope, &input.id).await?,
        contact: contact::get(&ctx.app.db, &ctx.scope, &contact).await?,
    })
}

/// What is known of a target, as a contact.
fn new_contact(target: &Target, email: Option<String>, phone: Option<String>) -> NewContact {
    let (first_name, last_name) = split_name(target.name.as_str().into());
    NewContact {
        email: email.filter(|text| !text.trim().is_empty()).or_else(|| target.email.clone()),
        phone,
        first_name: first_name.map(Into::into),
        last_name: last_name.map(Into::into),
        company: target.company.clone(),
        title: target.title.clone(),
        ..NewContact::default()
    }
}
