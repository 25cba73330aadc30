//! Contacts as a file, read and sent piece by piece: how many there are makes no difference to the memory it takes.

use crate::{
    api_keys,
    app::App,
    contacts::Narrowed,
    error::{Error, Result},
    http::input::Asked,
    spreadsheet::harmless,
    tool::{Access, Ctx},
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Scope,
    audit::{self, Deed},
    contact::{self, Contact, Query},
    contact_set, custom_field,
};

/// Contacts that are read at once.
const PIECE: i64 = 500;

/// The columns of every file; those of the custom fields come behind.
const COLUMNS: [&str; 14] = [
    "id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "company",
    "title",
    "city",
    "country",
    "time_zone",
    "status",
    "tags",
    "lists",
    "created_at",
];

/// How the contacts are written.
enum Form {
    /// With the keys of the custom fields in their order.
    Csv(Vec<String>),
    Json,
}

/// `GET /api/contacts/export.csv`.
pub async fn csv(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Response> {
    let query = begin(&app, &ctx, asked).await?;
    let fields = custom_field::list(&app.db, &ctx.scope).await?;
    let form = Form::Csv(fields.into_iter().map(|field| field.key).collect());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.csv\""),
    ];
    Ok((headers, pieces(app, ctx.scope, query, form)).into_response())
}

/// `GET /api/contacts/export.json`.
pub async fn json(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Response> {
    let query = begin(&app, &ctx, asked).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.json\""),
    ];
    Ok((headers, pieces(app, ctx.scope, query, Form::Json)).into_response())
}

/// Whether they may, what they mean, and that they did: whoever takes a book along is written down.
async fn begin(app: &App, ctx: &Ctx, asked: Narrowed) -> Result<Query> {
    api_keys::require(ctx, "contact", Access::Read)?;
    store::require_visible(&app.db, &ctx.scope, &asked.named()).await?;
    let query = asked.query(ctx).await?;
    let mut data = json!({ "fields": [] });
    if let Some(key) = &ctx.key {
        data["key"] = key.id.as_str().into();
    }
    let deed = Deed { action: "contact_file", subject: "", address: ctx.address.as_deref(), data: &data };
    let tx = app.db.begin_for(&ctx.scope).await?;
    audit::write(&tx, &ctx.scope, deed, app.clock.now()).await?;
    app.commit(tx).await?;
    Ok(query)
}

/// Where the writing of a file stands.
struct Place {
    app: Arc<App>,
    scope: Scope,
    query: Query,
    form: Form,
    /// Behind this id it goes on.
    after: String,
}

fn pieces(app: Arc<App>, scope: Scope, query: Query, form: Form) -> Body {
    let start = Some(Place { app, scope, query, form, after: String::new() });
    Body::from_stream(stream::try_unfold(start, |place| async move {
        let Some(place) = place else { return Ok(None) };
        let Place { app, scope, query, after, .. } = &place;
        let found = contact::behind(&app.db, scope, query, after, PIECE).await?;
        let more = found.len() as i64 == PIECE;
        let text = match &place.form {
            Form::Csv(fields) => {
                let ids = found.iter().map(|contact| contact.id.as_str());
                let lists = contact_set::lists_of(&app.db, scope, ids).await?;
                rows(after.is_empty(), &found, &lists, fields)?
            }
            Form::Json => items(after.is_empty(), &found, !more)?,
        };
        let last = found.last().map(|contact| contact.id.to_string());
        let next = last.filter(|_| more).map(|after| Place { after, ..place });
        Ok::<_, Error>(Some((text, next)))
    }))
}

fn rows(
    is_first: bool,
    found: &[Contact],
    lists: &BTreeMap<String, Vec<String>>,
    fields: &[String],
) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Error::from(anyhow::Error::from(error));
    if is_first {
        let names = COLUMNS.into_iter().chain(fields.iter().map(String::as_str));
        writer.write_record(names).map_err(broken)?;
    }
    for contact in found {
        let text = |value: &Option<String>| harmless(value.as_deref().unwrap_or_default());
        let tags: Vec<&str> = contact.tags.iter().map(|tag| tag.name.as_str()).collect();
        let lists = lists.get(contact.id.as_str()).map(|names| names.join("; ")).unwrap_or_default();
        let mut row = vec![
            contact.id.to_string(),
            text(&contact.email),
            // A number in E.164 is a plus and digits: no formula, and to be imported again as it is.
            contact.phone.clone().unwrap_or_default(),
            text(&contact.first_name),
            text(&contact.last_name),
            text(&contact.company),
            text(&contact.title),
            text(&contact.city),
            text(&contact.country),
            text(&contact.time_zone),
            harmless(&contact.status),
            harmless(&tags.join("; ")),
            harmless(&lists),
            domain::time::rfc3339(contact.created_at.0),
        ];
        row.extend(fields.iter().map(|key| text(&contact.custom.get(key).cloned())));
        writer.write_record(&row).map_err(broken)?;
    }
    Ok(writer.into_inner().map_err(|error| anyhow::anyhow!("writing a CSV: {error}"))?)
}

fn items(is_first: bool, found: &[Contact], is_last: bool) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for (n, contact) in found.iter().enumerate() {
        text.push(if is_first && n == 0 { b'[' } else { b',' });
        serde_json::to_writer(&mut text, contact)?;
    }
    if is_first && found.is_empty() {
        text.push(b'[');
    }
    if is_last {
        text.push(b']');
    }
    Ok(text)
}
