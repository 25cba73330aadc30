//! Companies (I04): what is known of them, and their people.

use crate::{
    contacts::Gone,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, NameCursor, Tool, given},
};
use domain::{
    company::{MAX_EMPLOYEES, MAX_NAME, MAX_NOTES},
    custom_field::FieldKind,
    ids::{CompanyId, MemberId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    COUNTED, Total, Way,
    company::{self, Company, Detail, Fields, Order, Query},
    member,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("company_create", "POST /companies", Access::Write, "Create a company.", create),
        Tool::new(
            "company_delete",
            "DELETE /companies/{id}",
            Access::Manage,
            "Remove a company; its people stay, without a company.",
            delete,
        ),
        Tool::new(
            "company_get",
            "GET /companies/{id}",
            Access::Read,
            "Read one company, with what is going on there.",
            get,
        ),
        Tool::new("company_list", "GET /companies", Access::Read, "List companies.", list),
        Tool::new(
            "company_update",
            "PATCH /companies/{id}",
            Access::Write,
            "Change fields of a company; another name becomes that of its people too.",
            update,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Part of the name or of the web domain.
    search: Option<String>,
    /// Only companies of this member.
    owner_id: Option<MemberId>,
    /// The order; by name, where nothing is said. By people only for up to 10,000 companies with 50,000 people.
    sort: Option<Sort>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<NameCursor>,
}

/// Rising, or with a minus falling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
enum Sort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    #[serde(rename = "-people")]
    MostPeople,
    #[serde(rename = "people")]
    FewestPeople,
}

impl Sort {
    fn order(self) -> Order {
        match self {
            Sort::Name => Order::Name(Way::Up),
            Sort::NameDown => Order::Name(Way::Down),
            Sort::Newest => Order::Age(Way::Down),
            Sort::Oldest => Order::Age(Way::Up),
            Sort::MostPeople => Order::People(Way::Down),
            Sort::FewestPeople => Order::People(Way::Up),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct Companies {
    data: Vec<Company>,
    next_cursor: Option<String>,
    #[serde(flatten)]
    total: Total,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Companies> {
    let query = Query { search: input.search, owner: input.owner_id };
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let total = company::count_upto(db, scope, &query, COUNTED).await?;
    let order = input.sort.map_or(Order::Name(Way::Up), Sort::order);
    if matches!(order, Order::People(_))
        && (total.total_is_capped
            || company::people_upto(db, scope, &query, company::PEOPLE).await?.total_is_capped)
    {
        let message = "Sorting by people is available for up to 10,000 companies with 50,000 people, and more match. Narrow the list, or sort by name";
        return Err(Error::field("sort.too_many", "sort", message));
    }
    let after = input.cursor.as_ref().map(NameCursor::as_str);
    let page = company::page(db, scope, &query, order, input.limit, after).await?;
    Ok(Companies { data: page.data, next_cursor: page.next_cursor, total })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the company.
    id: CompanyId,
}

async fn get(ctx: Ctx, input: One) -> Result<Detail> {
    Ok(company::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

/// Fields as a caller sends them; an empty text clears a field.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
struct Input {
    /// Name; no two companies have the same one.
    name: Option<String>,
    /// Web domain such as `acme.com`; an address of a page of it will do. No two companies have the same one.
    domain: Option<String>,
    /// What it does.
    industry: Option<String>,
    /// How many people work there; `null` clears it.
    #[serde(deserialize_with = "given")]
    employee_count: Option<Option<i64>>,
    /// City.
    city: Option<String>,
    /// Country.
    country: Option<String>,
    /// Its page on LinkedIn.
    linkedin_url: Option<String>,
    /// Member it belongs to; `null` for nobody. Reps take what is nobody's; managers hand over.
    #[serde(deserialize_with = "given")]
    owner_id: Option<Option<MemberId>>,
    /// Notes, in as many lines as you like.
    notes: Option<String>,
}

impl Input {
    /// Lays the input over what is there and checks all of it, field by field.
    fn over(self, present: Fields) -> Result<Fields> {
        let mut problems = Vec::new();
        let mut refuse =
            |field: &str, message: String| problems.push(FieldError { field: field.into(), message });
        let mut fields = present;
        if let Some(name) = self.name {
            fields.name = domain::template::one_line(name.trim());
        }
        if fields.name.is_empty() || fields.name.chars().count() > MAX_NAME {
            refuse("name", format!("Write a name of 1 to {MAX_NAME} characters"));
        }
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(text) = self.domain {
            match filled(text.trim().to_owned()).as_deref().map(domain::company::domain).transpose() {
                Ok(domain) => fields.domain = domain,
                Err(message) => refuse("domain", message.to_owned()),
            }
        }
        if let Some(text) = self.linkedin_url {
            match FieldKind::Url.read(&text, &[]) {
                Ok(value) => fields.linkedin_url = value.map(|value| value.text),
                Err(message) => refuse("linkedin_url", message),
            }
        }
        if let Some(count) = self.employee_count {
            if count.is_some_and(|count| !(0..=MAX_EMPLOYEES).contains(&count)) {
                refuse("employee_count", format!("Write a number from 0 to {MAX_EMPLOYEES}"));
            }
            fields.employee_count = count;
        }
        let texts = [
            ("industry", self.industry, &mut fields.industry),
            ("city", self.city, &mut fields.city),
            ("country", self.country, &mut fields.country),
        ];
        for (name, given, target) in texts {
            let Some(text) = given else { continue };
            let text = domain::template::one_line(text.trim());
            if text.chars().count() > domain::import::MAX_VALUE {
                refuse(name, format!("Write at most {} characters", domain::import::MAX_VALUE));
            }
            *target = filled(text);
        }
        if let Some(text) = self.notes {
            let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
            if text.chars().count() > MAX_NOTES {
                refuse("notes", format!("Write at most {MAX_NOTES} characters"));
            }
            fields.notes = filled(text);
        }
        if problems.is_empty() {
            return Ok(fields);
        }
        let mut error =
            Error::new(Kind::Invalid, "company.invalid", "Some fields of the company cannot be used");
        error.fields = problems;
        Err(error)
    }
}

/// Whose it is to be, of what was asked for and what is.
async fn owner(ctx: &Ctx, wish: Option<Option<MemberId>>, now: Option<MemberId>) -> Result<Option<MemberId>> {
    let Some(wish) = wish.filter(|wish| *wish != now) else { return Ok(now) };
    // Who sees their own book takes what is nobody's.
    if let Some(me) = ctx.scope.only()
        && (wish.as_ref() != Some(me) || now.is_some())
    {
        let message = "Only a manager or an admin hands a company over to somebody else. Ask one of them";
        return Err(Error::new(Kind::Forbidden, "company.owner", message));
    }
    if let Some(id) = &wish
        && member::get(&ctx.app.db, &ctx.scope, id).await?.disabled_at.is_some()
    {
        let message = "This member may no longer come in. Choose somebody else";
        return Err(Error::field("member.disabled", "owner_id", message));
    }
    Ok(wish)
}

/// The refusal of a name or domain that another company has. Whoever may not see that one is told no more than that it
/// is there.
async fn taken(ctx: &Ctx, fields: &Fields, me: Option<&CompanyId>, error: store::Error) -> Result<Error> {
    if !matches!(error, store::Error::Exists) {
        return Ok(error.into());
    }
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let Some(other) = company::namesake(db, scope, &fields.name, fields.domain.as_deref(), me).await? else {
        return Ok(Error::conflict("company.exists", "Another company has just got this name. Try again"));
    };
    let field = other.field;
    let mut message = format!("A company with this {field} exists already");
    if company::get(db, scope, &other.id).await.is_ok() {
        message += &format!(": {} ({})", other.name, other.id);
    }
    let mut error = Error::conflict("company.exists", message);
    error.fields.push(FieldError { message: format!("Another company has this {field}"), field });
    Ok(error)
}

async fn create(ctx: Ctx, mut input: Input) -> Result<Detail> {
    let wish = input.owner_id.take().or_else(|| Some(ctx.scope.member.clone()));
    let mut fields = input.over(Fields::default())?;
    fields.owner_id = owner(&ctx, wish, None).await?;
    let id = store::new_id(CompanyId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let created = company::create(&tx, &ctx.scope, &id, &fields, ctx.app.clock.now()).await;
    if let Err(error) = created {
        drop(tx);
        return Err(taken(&ctx, &fields, None, error).await?);
    }
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    get(ctx, One { id }).await
}

#[derive(Deserialize, JsonSchema)]
struct Patch {
    id: CompanyId,
    #[serde(flatten)]
    fields: Input,
}

async fn update(ctx: Ctx, mut input: Patch) -> Result<Detail> {
    let Detail { company: present, notes, .. } = company::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let wish = input.fields.owner_id.take();
    let mut fields = input.fields.over(Fields {
        name: present.name,
        domain: present.domain,
        industry: present.industry,
        employee_count: present.employee_count,
        city: present.city,
        country: present.country,
        linkedin_url: present.linkedin_url,
        owner_id: None,
        notes,
    })?;
    fields.owner_id = owner(&ctx, wish, present.owner_id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let updated = company::update(&tx, &ctx.scope, &input.id, &fields, ctx.app.clock.now()).await;
    if let Err(error) = updated {
        drop(tx);
        return Err(taken(&ctx, &fields, Some(&input.id), error).await?);
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    get(ctx, One { id: input.id }).await
}

/// It is gone.
#[derive(Serialize, JsonSchema)]
struct Deleted {
    #[serde(flatten)]
    gone: Gone,
    /// How many people were with it; they have no company now.
    contacts: u64,
}

async fn delete(ctx: Ctx, input: One) -> Result<Deleted> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let contacts = company::delete(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(Deleted { gone: Gone { id: input.id.to_string(), deleted: true }, contacts })
}
