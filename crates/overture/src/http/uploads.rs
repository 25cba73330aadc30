//! Files in and out: too large for a tool, streamed instead.

use super::input::Asked;
use crate::{
    api_keys,
    app::App,
    error::{Error, Kind, Result},
    imports::{
        self, about,
        convert::{Format, WORKBOOK_LIMIT},
        view::{View, view},
    },
    tool::{Access, Ctx},
};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::ids::ImportId;
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};
use store::{
    audit::Deed,
    import::{self, Upload},
};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncWriteExt},
};

/// Most bytes of an uploaded file.
const LIMIT: u64 = 2 * 1024 * 1024 * 1024;
/// Age in real milliseconds from which an upload that never ended is thrown away.
const ABANDONED_MS: u128 = 24 * 3_600_000;

/// Query of an upload.
#[derive(Deserialize, JsonSchema)]
pub struct Named {
    /// Name of the file.
    name: Option<String>,
    /// The sheet of a workbook to read; without it the first one that anything stands in.
    sheet: Option<String>,
}

/// `POST /api/imports?name=people.csv`: the body is the file, CSV, a workbook or cards.
pub async fn upload(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Asked(query): Asked<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<View>> {
    api_keys::require(&ctx, "import", Access::Write)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    if text(header::CONTENT_TYPE).starts_with("multipart/") {
        let message = "Send the file itself as the body, with the Content-Type of its kind, such as text/csv, and its name as ?name=";
        return Err(Error::new(Kind::Invalid, "upload.multipart", message).number(415));
    }
    let announced = text(header::CONTENT_LENGTH).parse().unwrap_or(0);
    if announced > LIMIT {
        return Err(too_large(LIMIT));
    }
    let folder = imports::folder(&app);
    fs::create_dir_all(&folder).await?;
    sweep(&app, &folder).await?;
    let id = store::new_id(ImportId::from_uuid);
    let partial = folder.join(format!("{id}.part"));
    let outcome = take_in(&app, &ctx, &id, &partial, query, Coming { body, announced }).await;
    if outcome.is_err() {
        for path in [made_path(&partial), partial, imports::upload_path(&app, &id)] {
            remove(&path).await;
        }
    }
    outcome.map(Json)
}

async fn take_in(
    app: &App,
    ctx: &Ctx,
    id: &ImportId,
    partial: &FilePath,
    named: Named,
    coming: Coming,
) -> Result<View> {
    let bytes = receive(partial, coming).await.map_err(|refused| match refused {
        Refused::Error(error) => error,
        Refused::Disk(error) => storage(error),
    })?;
    let (from, made, sheet) = (partial.to_owned(), made_path(partial), named.sheet);
    let reading = tokio::task::spawn_blocking(move || about::take_in(&from, &made, sheet.as_deref()));
    let about = reading.await.map_err(anyhow::Error::from)?.map_err(about::refused)?;
    let path = imports::upload_path(app, id);
    if about.format() == Format::Csv {
        fs::rename(partial, &path).await?;
    } else {
        fs::rename(made_path(partial), &path).await?;
        fs::remove_file(partial).await?;
    }
    // The name of the file has to survive a power cut as well.
    if let Some(folder) = path.parent() {
        File::open(folder).await?.sync_all().await?;
    }
    let (file_name, sniffed) = (file_name(named.name.as_deref()), serde_json::to_string(&about)?);
    let upload = Upload {
        id,
        file_name: &file_name,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        sniffed: &sniffed,
    };
    let now = app.clock.now();
    let tx = app.db.begin_for(&ctx.scope).await?;
    import::create(&tx, &ctx.scope, upload, now).await?;
    let data = serde_json::json!({ "file_name": file_name, "bytes": bytes });
    let deed =
        Deed { action: "import_upload", subject: id.as_str(), address: ctx.address.as_deref(), data: &data };
    store::audit::write(&tx, &ctx.scope, deed, now).await?;
    app.commit(tx).await?;
    view(app, import::get(&app.db, &ctx.scope, id).await?)
}

/// Where the CSV file lies that is made of an upload.
fn made_path(partial: &FilePath) -> PathBuf {
    partial.with_extension("csv.part")
}

/// A file on its way in.
struct Coming {
    body: Body,
    /// How long it says it is; 0 when it does not.
    announced: u64,
}

enum Refused {
    Error(Error),
    Disk(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Disk(error)
    }
}

/// Streams a body into a file and syncs it; its size.
async fn receive(path: &FilePath, Coming { body, announced }: Coming) -> Result<u64, Refused> {
    let mut file = File::create(path).await?;
    let mut pieces = body.into_data_stream();
    let (mut bytes, mut limit) = (0, LIMIT);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            let message = "The upload broke off. Send the file again";
            Refused::Error(Error::new(Kind::Invalid, "upload.broken", message).number(400).because(error))
        })?;
        // Its first bytes say what it is, and that how large it may be: told at once, not after an hour.
        if bytes == 0 && Format::of(&piece) == Format::Xlsx {
            limit = WORKBOOK_LIMIT;
        }
        bytes += piece.len() as u64;
        if bytes.max(announced) > limit {
            return Err(Refused::Error(too_large(limit)));
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(bytes)
}

fn too_large(limit: u64) -> Error {
    let message = if limit == LIMIT {
        "The file is larger than 2 GB. Split it and import the parts"
    } else {
        "The workbook is larger than 256 MB. Split it, or save it as CSV, which may have 2 GB"
    };
    Error::new(Kind::TooLarge, "upload.too_large", message)
}

fn storage(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let message =
                "There is no room for the file on the server. Ask the person who runs it to make some";
            Error::new(Kind::Unavailable, "storage.full", message).because(error)
        }
        _ => error.into(),
    }
}

/// A name to show: no folders, nothing invisible, not too long.
fn file_name(given: Option<&str>) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let last = given.unwrap_or("").rsplit(['/', '\\']).next().unwrap_or("");
    let name: String = last.chars().filter(|c| !hidden(*c)).take(200).collect();
    if name.trim().is_empty() { "contacts.csv".into() } else { name.trim().to_owned() }
}

/// Throws away uploads and checks that broke off with the whole process.
async fn sweep(app: &App, folder: &FilePath) -> Result<()> {
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        let is_check = entry.file_name().to_string_lossy().starts_with("check-");
        if !is_check && path.extension().is_none_or(|extension| extension != "part") {
            continue;
        }
        let changed = entry.metadata().await.and_then(|about| about.modified());
        let age = changed
            .ok()
            .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
            .map(|at| at.as_millis());
        if age.is_some_and(|at| u128::from(app.real_ms().unsigned_abs()) > at + ABANDONED_MS) {
            if is_check {
                fs::remove_dir_all(&path).await?;
            } else {
                remove(&path).await;
            }
        }
    }
    Ok(())
}

async fn remove(path: &FilePath) {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "an upload could not be removed");
        }
        _ => {}
    }
}

/// `GET /api/imports/{id}/rejected.csv`: the rejected rows with their reasons, to be corrected and imported again.
pub async fn rejected(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Path(id): Path<String>,
) -> Result<Response> {
    api_keys::require(&ctx, "import", Access::Read)?;
    let id: ImportId = id.parse().map_err(|_| Error::not_found("import"))?;
    let import = import::get(&app.db, &ctx.scope, &id).await?;
    let bytes = u64::try_from(import.rejected_bytes).unwrap_or(0);
    let file = match File::open(imports::rejected_path(&app, &id)).await {
        Ok(file) if bytes > 0 => file,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => return Err(Error::not_found("file")),
    };
    // What is behind the committed length was never counted.
    let pieces = stream::unfold(file.take(bytes), |mut file| async move {
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(piece), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, attachment(&import.file_name)),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// `people-rejected.csv`, for old clients in ASCII and for the others as it is (RFC 6266).
fn attachment(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .collect();
    let coded: String = form_urlencoded::byte_serialize(stem.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace('*', "%2A");
    format!("attachment; filename=\"{plain}-rejected.csv\"; filename*=UTF-8''{coded}-rejected.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_show_and_to_save() {
        assert_eq!(file_name(Some("../../etc/pass\u{202e}wd.csv")), "passwd.csv");
        assert_eq!(file_name(Some("C:\\Users\\ann\\People.csv")), "People.csv");
        assert_eq!(file_name(Some("  \r\n")), "contacts.csv");
        assert_eq!(file_name(None), "contacts.csv");
        assert_eq!(
            attachment("G\u{e4}ste \"A\".csv"),
            "attachment; filename=\"G_ste__A_-rejected.csv\"; filename*=UTF-8''G%C3%A4ste%20%22A%22-rejected.csv"
        );
    }
}
