//! Links in our e-mails: the opening pixel, clicks, and unsubscribing (RFC 8058). Every address is signed
//! and carries only a message id, so it says nothing and leads nowhere but where the message led.

use crate::{
    app::App,
    engagement,
    error::{Error, Result},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::sync::Arc;

/// The smallest transparent GIF.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// `GET /t/o/{token}`: always a picture, so that a mail client shows nothing broken.
pub async fn opened(State(app): State<Arc<App>>, Path(token): Path<String>) -> Response {
    if let Some(id) = engagement::opened_token(&app, &token)
        && let Err(error) = engagement::note_opened(&app, &id).await
    {
        tracing::warn!(%error, "an opening was not noted");
    }
    ([(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store")], PIXEL).into_response()
}

/// `GET /t/c/{token}`: notes the click and goes on to the link of the message.
pub async fn clicked(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<Response> {
    let (id, index) = engagement::clicked_token(&app, &token).ok_or_else(|| Error::not_found("link"))?;
    let target = engagement::note_clicked(&app, &id, index).await?.ok_or_else(|| Error::not_found("link"))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store".into())])
        .into_response())
}

/// `GET /u/{token}`: a page with a button; looking at it changes nothing, because link scanners look.
pub async fn unsubscribe_page(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
) -> Result<Html<String>> {
    engagement::unsubscribe_token(&app, &token).ok_or_else(|| Error::not_found("link"))?;
    Ok(page(
        "Unsubscribe",
        "<p>You will get no more e-mails from this sender.</p><form method=post><button>Unsubscribe</button></form>",
    ))
}

/// `POST /u/{token}`: by the button or by one click of a mail client (RFC 8058), without login or redirect.
pub async fn unsubscribe(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    _body: Bytes,
) -> Result<Html<String>> {
    let id = engagement::unsubscribe_token(&app, &token).ok_or_else(|| Error::not_found("link"))?;
    engagement::unsubscribe(&app, &id).await?;
    Ok(page("You are unsubscribed", "<p>You will get no more e-mails from this sender.</p>"))
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:16px/24px system-ui;max-width:28rem;margin:15vh auto;padding:0 1rem;color:#171c22}}button{{font:inherit;padding:.5rem 1rem;\
         border-radius:6px;border:0;background:#822b67;color:#fff}}</style><main><h1>{title}</h1>{body}</main></html>"
    ))
}
