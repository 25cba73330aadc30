//! The suppression list as a file, out and in. Both are read and written piece by piece: how long the list is makes no
//! difference to the memory it takes.

use super::rows::{self, Bad, Reading};
use crate::{
    api_keys,
    app::App,
    error::{Error, Kind, Result},
    http::input::Asked,
    imports::{self, about},
    spreadsheet::harmless,
    tool::{Access, Ctx, for_managers},
};
use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::HashMap, path::Path, sync::Arc};
use store::{
    Scope,
    audit::{self, Deed},
    sender,
    suppression::{self, Suppression},
};
use tokio::{io::AsyncWriteExt, sync::mpsc};

/// The columns of the file. One with these is taken back as it is.
pub const COLUMNS: [&str; 6] = ["value", "channel", "sender", "reason", "source", "since"];
/// Most bytes of a file.
const LIMIT: u64 = 64 * 1024 * 1024;
/// Rejected rows that are told one by one.
const TOLD: usize = 100;
/// Rejected rows that are given back as a file. A file with more of them is another file than was meant.
const GIVEN_BACK: usize = 10_000;

/// `GET /api/suppressions/export.csv`. Erased addresses are left out: nobody knows them any more.
pub async fn csv(State(app): State<Arc<App>>, Extension(ctx): Extension<Ctx>) -> Result<Response> {
    api_keys::require(&ctx, "suppression", Access::Read)?;
    write_down(&app, &ctx, "suppression_file", json!({ "fields": [] })).await?;
    let senders = sender::list(&app.db, &ctx.scope).await?;
    let senders = senders.into_iter().map(|sender| (sender.id.to_string(), sender.address)).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"suppressions.csv\""),
    ];
    Ok((headers, pieces(Place { app, scope: ctx.scope, senders, cursor: None, is_first: true }))
        .into_response())
}

/// Who takes the list along, or adds to it, is written down.
async fn write_down(app: &App, ctx: &Ctx, action: &str, mut data: serde_json::Value) -> Result<()> {
    if let Some(key) = &ctx.key {
        data["key"] = key.id.as_str().into();
    }
    let deed = Deed { action, subject: "", address: ctx.address.as_deref(), data: &data };
    let tx = app.db.begin_for(&ctx.scope).await?;
    audit::write(&tx, &ctx.scope, deed, app.clock.now()).await?;
    app.commit(tx).await
}

/// Where the writing of a file stands.
struct Place {
    app: Arc<App>,
    scope: Scope,
    /// Addresses of senders by id.
    senders: HashMap<String, String>,
    cursor: Option<String>,
    is_first: bool,
}

fn pieces(start: Place) -> Body {
    Body::from_stream(stream::try_unfold(Some(start), |place| async move {
        let Some(mut place) = place else { return Ok(None) };
        let page =
            suppression::page(&place.app.db, &place.scope, None, Some(200), place.cursor.as_deref()).await?;
        let text = lines(&place, &page.data)?;
        let next = page.next_cursor.map(|cursor| {
            (place.cursor, place.is_first) = (Some(cursor), false);
            place
        });
        Ok::<_, Error>(Some((text, next)))
    }))
}

fn lines(place: &Place, entries: &[Suppression]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Error::from(anyhow::Error::from(error));
    if place.is_first {
        writer.write_record(COLUMNS).map_err(broken)?;
    }
    for entry in entries.iter().filter(|entry| !suppression::is_concealed(&entry.value)) {
        let sender = entry.sender_id.as_ref();
        let row = [
            address(&entry.value),
            entry.channel.clone(),
            // One that is gone has no address any more.
            address(sender.map_or("", |id| place.senders.get(id).unwrap_or(id))),
            harmless(&entry.reason),
            harmless(&entry.source),
            domain::time::rfc3339(entry.created_at.0),
        ];
        writer.write_record(&row).map_err(broken)?;
    }
    Ok(writer.into_inner().map_err(|error| anyhow::anyhow!("writing a CSV: {error}"))?)
}

/// A number in E.164 is a plus and digits: no formula, and to be read again as it is.
pub(super) fn address(text: &str) -> String {
    let is_number = text.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    if is_number { text.to_owned() } else { harmless(text) }
}

/// Query of an upload.
#[derive(Deserialize, JsonSchema)]
pub struct Named {
    /// Name of the file, for the audit log.
    name: Option<String>,
}

/// What became of a file.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Taken {
    /// Rows of the file below its header.
    pub rows_read: i64,
    /// Addresses that were put on the list.
    pub added: i64,
    /// Rows whose address was there already, as it is; also those that come twice in the file.
    pub unchanged: i64,
    /// Rows that were rejected.
    pub failed: i64,
    /// Queued messages that will not be sent.
    pub withdrawn: u64,
    /// Messages that the provider may have been hearing at that moment.
    pub in_flight: i64,
    /// The first hundred rejected rows.
    pub rejected: Vec<Refusal>,
    /// The rejected rows as a CSV file with their reasons, to be corrected and taken in again; the first ten thousand.
    pub rejected_csv: Option<String>,
}

/// A row that was rejected.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Refusal {
    /// `Line 7`, or `Row 7` of a workbook.
    pub place: String,
    /// Why; a sentence.
    pub reason: String,
}

/// `POST /api/suppressions/import?name=stop.csv`: the body is the file, CSV or a workbook. Entries that are there stay
/// as they are. It is written in slices: what breaks off in the middle can be sent again.
pub async fn import(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Asked(named): Asked<Named>,
    body: Body,
) -> Result<Json<Taken>> {
    if ctx.role == "rep" {
        return Err(for_managers());
    }
    api_keys::require(&ctx, "suppression", Access::Write)?;
    let folder = imports::folder(&app);
    tokio::fs::create_dir_all(&folder).await?;
    // Named as uploads that broke off are, so that they are swept with these if the process ends.
    let place = || tempfile::Builder::new().prefix("suppressions-").suffix(".part").tempfile_in(&folder);
    let (from, made) = (place()?.into_temp_path(), place()?.into_temp_path());
    receive(&from, body).await?;
    let reading = reading(&app, &ctx, &from, &made).await?;
    let (sender, mut chunks) = mpsc::channel(1);
    let columns = reading.columns().to_vec();
    let task = tokio::task::spawn_blocking(move || reading.read(&sender));
    let mut taken = Taken::default();
    let mut back = GivenBack::new(&columns)?;
    while let Some(chunk) = chunks.recv().await {
        let tx = app.db.begin_for(&ctx.scope).await?;
        let added = suppression::add_all(&tx, &ctx.scope, &chunk.entries, app.clock.now()).await?;
        app.commit(tx).await?;
        let (rows, new) = (chunk.entries.len() as i64, i64::try_from(added.new).unwrap_or(i64::MAX));
        taken.rows_read += rows + chunk.bad.len() as i64;
        taken.added += new;
        taken.unchanged += rows - new;
        taken.withdrawn += added.effect.withdrawn;
        taken.in_flight += added.effect.in_flight;
        taken.failed += chunk.bad.len() as i64;
        back.take(&mut taken.rejected, chunk.bad)?;
    }
    task.await.map_err(anyhow::Error::from)?.map_err(about::refused)?;
    taken.rejected_csv = back.text()?;
    let name: String = named.name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    let data = json!({
        "file_name": name, "rows_read": taken.rows_read, "added": taken.added, "failed": taken.failed,
    });
    write_down(&app, &ctx, "suppression_import", data).await?;
    app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(Json(taken))
}

async fn receive(path: &Path, body: Body) -> Result<()> {
    let mut file = tokio::fs::File::create(path).await?;
    let (mut pieces, mut bytes) = (body.into_data_stream(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            let message = "The upload broke off. Send the file again";
            Error::new(Kind::Invalid, "upload.broken", message).number(400).because(error)
        })?;
        bytes += piece.len() as u64;
        if bytes > LIMIT {
            let message = "The file is larger than 64 MB. Split it and import the parts";
            return Err(Error::new(Kind::TooLarge, "upload.too_large", message));
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok(())
}

/// Looks at the file: what it is written in, and which column is what.
async fn reading(app: &App, ctx: &Ctx, from: &Path, made: &Path) -> Result<Reading> {
    let (source, target) = (from.to_owned(), made.to_owned());
    let looking = tokio::task::spawn_blocking(move || about::take_in(&source, &target, None));
    let about = looking.await.map_err(anyhow::Error::from)?.map_err(about::refused)?;
    let path = if about.format() == imports::convert::Format::Csv { from } else { made };
    let country = store::workspace::get(&app.db, &ctx.scope).await?.default_country;
    let senders = sender::list(&app.db, &ctx.scope).await?;
    Reading::new(path, about, rows::Context { country, senders, now: app.clock.now() })
}

/// Rejected rows as a file.
struct GivenBack {
    writer: csv::Writer<Vec<u8>>,
    rows: usize,
}

impl GivenBack {
    fn new(columns: &[String]) -> Result<Self> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let names = columns.iter().map(String::as_str).filter(|name| *name != rows::ERROR);
        writer.write_record(names.chain([rows::ERROR])).map_err(anyhow::Error::from)?;
        Ok(Self { writer, rows: 0 })
    }

    fn take(&mut self, told: &mut Vec<Refusal>, bad: Vec<Bad>) -> Result<()> {
        for Bad { place, reason, mut cells } in bad {
            if self.rows < GIVEN_BACK {
                cells.push(format!("{place}: {reason}"));
                self.writer.write_record(&cells).map_err(anyhow::Error::from)?;
            }
            self.rows += 1;
            if told.len() < TOLD {
                told.push(Refusal { place, reason });
            }
        }
        Ok(())
    }

    fn text(self) -> Result<Option<String>> {
        let bytes = self.writer.into_inner().map_err(|error| anyhow::anyhow!("writing a CSV: {error}"))?;
        Ok((self.rows > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
