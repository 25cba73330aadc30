//! Files in and out: too large for a tool, streamed instead.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    imports::{self, sniff::sniff},
    tool::Ctx,
};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::ids::ImportId;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use store::import::Upload;
use tokio::io::AsyncWriteExt;

/// Most bytes of an uploaded file.
const LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// Query of an upload.
#[derive(Deserialize)]
pub struct Named {
    name: Option<String>,
}

/// `POST /api/imports?name=people.csv`: the body is the file.
pub async fn upload(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Query(query): Query<Named>,
    body: Body,
) -> Result<Json<Value>> {
    let id = store::new_id(ImportId::from_uuid);
    let path = imports::upload_path(&app, &id);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let outcome = receive(&app, &ctx, &id, &path, query.name, body).await;
    if outcome.is_err()
        && let Err(error) = tokio::fs::remove_file(&path).await
    {
        tracing::warn!(%error, "a refused upload could not be removed");
    }
    outcome
}

async fn receive(
    app: &Arc<App>,
    ctx: &Ctx,
    id: &ImportId,
    path: &std::path::Path,
    name: Option<String>,
    body: Body,
) -> Result<Json<Value>> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut stream = body.into_data_stream();
    let mut bytes = 0u64;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| {
            Error::new(Kind::Invalid, "upload.broken", "The upload broke off. Send the file again")
                .number(400)
                .because(error)
        })?;
        bytes += piece.len() as u64;
        if bytes > LIMIT {
            return Err(Error::new(
                Kind::TooLarge,
                "upload.too_large",
                "The file is larger than 2 GB. Split it and import the parts",
            ));
        }
        file.write_all(&piece).await?;
    }
    file.sync_all().await?;
    let sniffed = tokio::task::spawn_blocking({
        let path = path.to_owned();
        move || sniff(&path)
    });
    let sniffed = sniffed.await.map_err(anyhow::Error::from)?;
    let sniffed = sniffed.map_err(|problem| Error::field("import.unreadable", "file", problem.message))?;
    let name: String =
        name.unwrap_or_else(|| "contacts.csv".into()).chars().filter(|c| !c.is_control()).take(200).collect();
    let tx = app.db.begin().await?;
    let sniffed = serde_json::to_string(&sniffed)?;
    let upload =
        Upload { id, file_name: &name, bytes: i64::try_from(bytes).unwrap_or(i64::MAX), sniffed: &sniffed };
    store::import::create(&tx, &ctx.scope, upload, app.clock.now()).await?;
    app.commit(tx).await?;
    Ok(Json(imports::view(&store::import::get(&app.db, &ctx.scope, id).await?)?))
}

/// `GET /api/imports/{id}/rejected.csv`: the rejected rows with their reasons, to be corrected and imported again.
pub async fn rejected(
    State(app): State<Arc<App>>,
    Extension(ctx): Extension<Ctx>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id: ImportId = id.parse().map_err(|_| Error::not_found("import"))?;
    let import = store::import::get(&app.db, &ctx.scope, &id).await?;
    let file = match tokio::fs::File::open(imports::rejected_path(&app, &import.id)).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Error::not_found("file")),
        Err(error) => return Err(error.into()),
    };
    let stream = futures::stream::unfold(file, |mut file| async move {
        use tokio::io::AsyncReadExt;
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(n) => {
                piece.truncate(n);
                Some((Ok(piece), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rejected-rows.csv\""),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}
