//! The audit log, for admins to read and to take along.

use crate::shape::{instant, integer, list_of, object, of, or_null, page, text, truth};
use crate::{
    api_keys,
    app::App,
    error::{Error, Result},
    http::input::Asked,
    spreadsheet::harmless,
    tool::{Access, Ctx, Nothing, Tool, for_admins},
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::ids::{MemberId, WorkspaceId};
use futures::stream;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope,
    audit::{self, Deed, Line, Query, chain},
};

/// Lines that are read at once for a file.
const PIECE: i64 = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "audit_list",
            "GET /audit",
            Access::Admin,
            "List who did what to what, and from where.",
            list,
        )
        .gives(|| page(line_shape()))
        .refuses(&[404]),
        Tool::new(
            "audit_verify",
            "GET /audit/verification",
            Access::Admin,
            "Look at every line of the audit log: whether one was changed, removed or put in past Overture.",
            verify_own,
        )
        .gives(|| {
            object([
                ("whole", truth()),
                ("lines", integer()),
                ("waiting", integer()),
                ("seal", text()),
                ("problems", list_of(text())),
            ])
        }),
    ]
}

/// Lines of one workspace that are sealed at once.
const SEALED_AT_ONCE: i64 = 500;

/// Seals lines that wait; whether there may be more.
pub async fn seal(app: &App) -> Result<bool> {
    let key = |text: &str| app.keys.print("audit", text);
    Ok(chain::seal(&app.db, &key, SEALED_AT_ONCE).await? > 0)
}

/// Looks at every line of a workspace.
pub async fn verify(app: &App, workspace: &WorkspaceId) -> Result<chain::Verdict> {
    let key = |text: &str| app.keys.print("audit", text);
    Ok(chain::verify(&app.db, workspace, &key).await?)
}

async fn verify_own(ctx: Ctx, _: Nothing) -> Result<Value> {
    let verdict = verify(&ctx.app, &ctx.scope.workspace).await?;
    Ok(json!({
        "whole": verdict.problems.is_empty(), "lines": verdict.end.number, "waiting": verdict.waiting,
        "seal": verdict.end.hash, "problems": verdict.problems,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Of one member.
    actor: Option<MemberId>,
    /// `member_update`, or `member` for everything that was done to members.
    action: Option<String>,
    /// About one thing, by its id.
    subject: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: List) -> Result<Value> {
    let query = Query { actor: input.actor, action: input.action, subject: input.subject };
    let page = audit::page(&ctx.app.db, &ctx.scope, &query, input.limit, input.cursor.as_deref()).await?;
    Ok(json!({ "data": page.data.iter().map(shown).collect::<Vec<_>>(), "next_cursor": page.next_cursor }))
}

fn shown(line: &Line) -> Value {
    let actor = line.actor.as_ref().map(|id| json!({ "id": id, "name": line.name }));
    json!({
        "id": line.id, "at": line.at, "actor": actor, "action": line.action,
        "subject": line.subject.as_deref().unwrap_or_default(), "fields": fields(line), "address": line.address,
        "key_id": key(line), "changes": changes(line),
    })
}

/// The API key of the program that did it.
fn key(line: &Line) -> Option<String> {
    let data: Value = serde_json::from_str(&line.data).unwrap_or_default();
    data["key"].as_str().map(str::to_owned)
}

fn fields(line: &Line) -> Vec<String> {
    let data: Value = serde_json::from_str(&line.data).unwrap_or_default();
    let names = data["fields"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// What the settings in question were and are.
fn changes(line: &Line) -> Vec<Value> {
    let data: Value = serde_json::from_str(&line.data).unwrap_or_default();
    data["changes"].as_array().cloned().unwrap_or_default()
}

/// The same in words, for a file.
fn changes_in_words(line: &Line) -> String {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let changes = changes(line);
    let words = changes.iter().map(|change| {
        format!("{} from {} to {}", said(&change["field"]), said(&change["from"]), said(&change["to"]))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// What the file is to hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    actor: Option<MemberId>,
    action: Option<String>,
    subject: Option<String>,
}

/// `GET /api/audit.csv`: the same as a file, read and sent piece by piece.
pub async fn file(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Asked(asked): Asked<File>,
) -> Result<Response> {
    if ctx.role != "admin" {
        return Err(for_admins());
    }
    api_keys::require(&ctx, "audit", Access::Admin)?;
    if let Some(actor) = &asked.actor {
        store::require_visible(&app.db, &ctx.scope, &[actor.as_str()]).await?;
    }
    let query = Query { actor: asked.actor, action: asked.action, subject: asked.subject };
    let deed = Deed {
        action: "audit_export",
        subject: "",
        address: ctx.address.as_deref(),
        data: &json!({ "fields": [] }),
    };
    let tx = app.db.begin_for(&ctx.scope).await?;
    audit::write(&tx, &ctx.scope, deed, app.clock.now()).await?;
    app.commit(tx).await?;
    let start = Some((app, ctx.scope, query, None::<String>));
    let pieces = stream::try_unfold(start, |place| async move {
        let Some((app, scope, query, after)) = place else { return Ok(None) };
        let (text, next) = piece(&app, &scope, &query, after.as_deref()).await?;
        let next = next.map(|cursor| (app, scope, query, Some(cursor)));
        Ok::<_, Error>(Some((text, next)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn piece(
    app: &App,
    scope: &Scope,
    query: &Query,
    after: Option<&str>,
) -> Result<(Vec<u8>, Option<String>)> {
    let page = audit::page(&app.db, scope, query, Some(PIECE), after).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Error::from(anyhow::Error::from(error));
    if after.is_none() {
        writer
            .write_record(["at", "person", "action", "subject", "fields", "changes", "address", "api_key"])
            .map_err(broken)?;
    }
    for line in &page.data {
        let row = [
            domain::time::rfc3339(line.at.0),
            harmless(line.name.as_deref().unwrap_or("Overture")),
            line.action.clone(),
            line.subject.clone().unwrap_or_default(),
            fields(line).join(" "),
            harmless(&changes_in_words(line)),
            line.address.clone().unwrap_or_default(),
            key(line).unwrap_or_default(),
        ];
        writer.write_record(&row).map_err(broken)?;
    }
    let text = writer.into_inner().map_err(|error| anyhow::anyhow!("writing a CSV: {error}"))?;
    Ok((text, page.next_cursor))
}

fn line_shape() -> Value {
    object([
        ("id", text()),
        ("at", instant()),
        ("actor", or_null(object([("id", of::<MemberId>()), ("name", or_null(text()))]))),
        ("action", text()),
        ("subject", text()),
        ("fields", list_of(text())),
        ("changes", list_of(object([("field", text()), ("from", json!({})), ("to", json!({}))]))),
        ("address", or_null(text())),
        ("key_id", or_null(text())),
    ])
}
