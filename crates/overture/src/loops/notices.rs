//! Members hear outside of the page: by push in each of their browsers, by e-mail together after a while. A line is
//! taken under a lease and marked as leaving before a byte leaves; whatever cannot have left is tried again, whatever may
//! have left is not. In the hours in which a member wants quiet, push is dropped (it stands in the list of the app) and
//! mail waits for their end.

use super::Stop;
use crate::{
    app::App,
    error::{Error, Result},
    member_mail::{self, MailGoes},
    notifications::{path, quiet_until, sentence},
    push::{self, sealing::Browser, sealing::Signer},
};
use domain::ids::{MemberId, NoticeId, PushId, WorkspaceId};
use futures::StreamExt;
use providers::Class;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::{
    Scope, member,
    notice::{self, Due, Line},
    notification, workspace,
};

/// Most pushes under way at a time.
const AT_ONCE: usize = 16;
/// Most of them in one claim: all are under way at once, so that none waits out its lease.
const BATCH: i64 = AT_ONCE as i64;
/// Most members who are written to in one round.
const WRITTEN_TO: i64 = 50;
/// How often a push is tried that surely did not leave.
const TRIES: i64 = 8;
/// How long a push service keeps what it cannot deliver, in seconds.
const KEPT_S: &str = "86400";
/// How long mail waits whose server does not take it, in milliseconds.
const MAIL_AGAIN_MS: i64 = 5 * 60_000;
/// Mail that was not taken so often is given up: it stands in the list of the app.
const MAIL_TRIES: i64 = 50;

/// Runs until `stop`; what is in flight is finished first.
pub async fn dispatch(app: Arc<App>, mut stop: Stop) {
    while !*stop.borrow() {
        match round(&app).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::error!(%error, "the notices loop failed and goes on"),
        }
        tokio::select! {
            () = app.wake.notices.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Says what is due now. Returns how many lines were taken.
pub async fn round(app: &Arc<App>) -> Result<usize> {
    if notice::is_held(&app.db).await? {
        let unsure = notice::settle(&app.db).await?;
        if unsure > 0 {
            tracing::warn!(
                unsure,
                "what members were told when a node died may have arrived, and is not said again"
            );
        }
    }
    Ok(push_round(app).await? + mail_round(app).await?)
}

async fn push_round(app: &Arc<App>) -> Result<usize> {
    if !notice::is_push_due(&app.db, app.clock.now()).await? {
        return Ok(0);
    }
    let due = notice::claim_push(&app.db, &app.node, app.config.lease_ms, BATCH, app.clock.now()).await?;
    let taken = due.len();
    if taken == 0 {
        return Ok(0);
    }
    let signer = push::signer(app).await?;
    futures::stream::iter(&due)
        .for_each_concurrent(AT_ONCE, |line| {
            let signer = &signer;
            async move {
                if let Err(error) = push_one(app, signer, line).await {
                    tracing::error!(notice = %line.id, %error, "a push could not be made or recorded");
                }
            }
        })
        .await;
    Ok(taken)
}

/// What is known before a line leaves: the member's sight, and whether they want quiet.
async fn heard_by(app: &App, workspace: &WorkspaceId, member: &MemberId) -> Result<(Scope, Option<i64>)> {
    let scope = member::scope_of(&app.db, workspace, member).await?;
    let chosen = notification::choices(&app.db, &scope).await?;
    let zone = workspace::get(&app.db, &scope).await?.time_zone;
    Ok((scope, quiet_until(&chosen, &zone, app.clock.now())))
}

async fn push_one(app: &Arc<App>, signer: &Signer, due: &Due) -> Result<()> {
    let ids = std::slice::from_ref(&due.id);
    let Some(id) = due.browser() else { return Ok(notice::done(&app.db, &app.node, ids).await?) };
    let (scope, quiet) = heard_by(app, &due.workspace_id, &due.member_id).await?;
    let line = notice::lines(&app.db, &scope, ids).await?.pop();
    let secret = store::push::secret(&app.db, &scope, &id, app.real_ms()).await?;
    let (None, Some(line), Some(secret)) = (quiet, line, secret) else {
        return Ok(notice::done(&app.db, &app.node, ids).await?);
    };
    let browser: Browser = serde_json::from_str(&app.keys.unseal(&push::place(id.as_str()), &secret)?)?;
    let url = app.egress.check(&browser.endpoint);
    let service = url.as_ref().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    if !app.push_services.may_ask(&service, app.real_ms()) {
        return again(app, due, ids).await;
    }
    let (headers, body) = match &url {
        Ok(url) => request(app, signer, &browser, url, &line)?,
        Err(_) => return Ok(store::push::forget(&app.db, &scope, &id).await?),
    };
    if !notice::begin(&app.db, &app.node, ids).await? {
        return Ok(());
    }
    let timeout = Duration::from_millis(app.config.provider_timeout_ms);
    let answer = app.egress.post(&browser.endpoint, headers, body, timeout).await;
    match answer.map(|answer| answer.status) {
        Ok(404 | 410) => gone(app, &scope, &id, &service).await,
        Ok(status @ (429 | 500..)) => {
            app.push_services.failed(&service, app.real_ms());
            tracing::info!(status, "a push service did not take a push; it is tried again");
            again(app, due, ids).await
        }
        Ok(status) => {
            app.push_services.answered(&service);
            if !(200..300).contains(&status) {
                tracing::warn!(status, "a push service refused a push; it stands in the list of the app");
            }
            Ok(notice::done(&app.db, &app.node, ids).await?)
        }
        Err(refused) => {
            app.push_services.failed(&service, app.real_ms());
            if refused.is_before_sending() {
                return again(app, due, ids).await;
            }
            tracing::info!("a push service gave no answer: the push may have arrived and is not repeated");
            Ok(notice::done(&app.db, &app.node, ids).await?)
        }
    }
}

async fn gone(app: &App, scope: &Scope, id: &PushId, service: &str) -> Result<()> {
    app.push_services.answered(service);
    Ok(store::push::forget(&app.db, scope, id).await?)
}

/// It surely did not leave: later, unless that was tried often enough.
async fn again(app: &App, due: &Due, ids: &[NoticeId]) -> Result<()> {
    if due.tries >= TRIES {
        tracing::warn!(notice = %due.id, "a push was given up; it stands in the list of the app");
        return Ok(notice::done(&app.db, &app.node, ids).await?);
    }
    let wait = domain::retry::delay_ms(u32::try_from(due.tries).unwrap_or(1) + 3, None, 1.0);
    Ok(notice::give_back(&app.db, &app.node, ids, app.clock.now() + wait).await?)
}

fn request(
    app: &App,
    signer: &Signer,
    browser: &Browser,
    url: &url::Url,
    line: &Line,
) -> Result<(HeaderMap, Vec<u8>)> {
    let text = line.snippet.as_deref().map(member_mail::clipped).unwrap_or_default();
    let said = json!({ "title": sentence(line), "text": text, "path": path(line), "id": line.id });
    let contact = app.public_url();
    let authorization = signer.authorization(url, app.real_ms() / 1_000, &contact)?;
    let mut headers = HeaderMap::new();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|e| Error::from(anyhow::Error::from(e)));
    headers.insert(AUTHORIZATION, value(&authorization)?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
    headers.insert(HeaderName::from_static("ttl"), HeaderValue::from_static(KEPT_S));
    headers.insert(HeaderName::from_static("urgency"), HeaderValue::from_static("normal"));
    Ok((headers, browser.seal(&said.to_string())?))
}

async fn mail_round(app: &Arc<App>) -> Result<usize> {
    let mut taken = 0;
    for (workspace, member) in notice::with_mail(&app.db, WRITTEN_TO, app.clock.now()).await? {
        match mail_one(app, &workspace, &member).await {
            Ok(lines) => taken += lines,
            Err(error) => tracing::error!(%member, %error, "a member could not be written to"),
        }
    }
    Ok(taken)
}

async fn mail_one(app: &Arc<App>, workspace: &WorkspaceId, member: &MemberId) -> Result<usize> {
    let (scope, quiet) = heard_by(app, workspace, member).await?;
    let due = notice::claim_mail(&app.db, &scope, &app.node, app.config.lease_ms).await?;
    let ids: Vec<NoticeId> = due.iter().map(|line| line.id.clone()).collect();
    let Some(first) = ids.first() else { return Ok(0) };
    if let Some(end) = quiet {
        notice::give_back(&app.db, &app.node, &ids, end).await?;
        return Ok(ids.len());
    }
    let place = workspace::get(&app.db, &scope).await?;
    let who = member::get(&app.db, &scope, member).await?;
    let lines = notice::lines(&app.db, &scope, &ids).await?;
    if lines.is_empty() || who.disabled_at.is_some() || member_mail::goes(app, &place) == MailGoes::Nowhere {
        notice::done(&app.db, &app.node, &ids).await?;
        return Ok(ids.len());
    }
    let api = app.outside.member_mail(&place, app.config.mail.as_ref());
    let mail = member_mail::compose(app, &place, &who.email, first, &lines);
    if !notice::begin(&app.db, &app.node, &ids).await? {
        return Ok(ids.len());
    }
    let sent = match api {
        Ok(api) => member_mail::send(api, &mail).await,
        Err(fail) => Err(fail),
    };
    let tries = due.iter().map(|line| line.tries).max().unwrap_or(1);
    match sent {
        Ok(()) => notice::done(&app.db, &app.node, &ids).await?,
        // It may have left, or never will.
        Err(fail)
            if matches!(
                fail.class,
                Class::Unknown | Class::Permanent | Class::BadRecipient | Class::OptOut
            ) =>
        {
            tracing::warn!(class = %fail.class, "mail to a member is not repeated; it stands in the list of the app");
            notice::done(&app.db, &app.node, &ids).await?;
        }
        Err(fail) if tries >= MAIL_TRIES => {
            tracing::warn!(class = %fail.class, "mail to a member was given up; it stands in the list of the app");
            notice::done(&app.db, &app.node, &ids).await?;
        }
        Err(fail) => {
            tracing::warn!(class = %fail.class, why = %fail, "the mail server of the installation does not take mail; it is tried again");
            notice::give_back(&app.db, &app.node, &ids, app.clock.now() + MAIL_AGAIN_MS).await?;
        }
    }
    Ok(ids.len())
}
