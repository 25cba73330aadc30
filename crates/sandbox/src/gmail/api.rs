//! The Gmail API: the profile, sending, searching, reading, and the history.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::{
    Engine, alphabet, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig,
};
use serde_json::{Value, json};

use super::mailbox::{Delivery, Kept, Mailbox};
use super::token::account;
use super::{id_of, refuse, said, suffer};
use crate::clock;
use crate::fault::Place;
use crate::line::Cut;
use crate::mail::{Mail, header};
use crate::people::{self, Wish};
use crate::world::{World, locked};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

type Asked = Query<HashMap<String, String>>;
type Parts = (State<Arc<World>>, ConnectInfo<Cut>, HeaderMap);

/// Reads a mailbox, unless the caller has no access or a fault strikes.
async fn reading(
    (State(world), ConnectInfo(cut), headers): Parts,
    act: impl FnOnce(&mut Mailbox, &str) -> Response + Send + 'static,
) -> Response {
    let account = match account(&world, &headers) {
        Ok(account) => account,
        Err(refusal) => return *refusal,
    };
    let act = move |world: &Arc<World>| {
        let read = world.google.with(&account, |mailbox| act(mailbox, &account));
        read.unwrap_or_else(|| refuse(StatusCode::FORBIDDEN, "forbidden", "Too many mailboxes"))
    };
    match world.faults.draw(Place::GmailRead) {
        None => act(&world),
        Some(hit) => suffer(&world, &cut, hit, act).await,
    }
}

pub(super) async fn profile(state: State<Arc<World>>, cut: ConnectInfo<Cut>, headers: HeaderMap) -> Response {
    reading((state, cut, headers), |mailbox, account| {
        said(
            StatusCode::OK,
            &json!({
                "emailAddress": account, "messagesTotal": mailbox.mails.len(), "threadsTotal": mailbox.mails.len(),
                "historyId": mailbox.history.to_string(),
            }),
        )
    })
    .await
}

/// Which page: where it begins, and how long it is.
fn window(asked: &HashMap<String, String>) -> Option<(usize, usize)> {
    let number = |name: &str, otherwise| asked.get(name).map_or(Some(otherwise), |text| text.parse().ok());
    Some((number("pageToken", 0)?, number("maxResults", 100)?.clamp(1, 500)))
}

fn bad_request() -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalidArgument", "Invalid value")
}

fn is_labelled(kept: &Kept, label: &str) -> bool {
    kept.labels.iter().any(|known| known == label)
}

pub(super) async fn list(
    state: State<Arc<World>>,
    cut: ConnectInfo<Cut>,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    reading((state, cut, headers), move |mailbox, _| {
        let Some((from, most)) = window(&asked) else { return bad_request() };
        let everything = asked.get("includeSpamTrash").is_some_and(|text| text == "true");
        let query = asked.get("q").map(String::as_str).unwrap_or_default();
        let fits = |kept: &&Kept| {
            let hidden = is_labelled(kept, "SPAM") || is_labelled(kept, "TRASH");
            (everything || !hidden)
                && query.split_ascii_whitespace().all(|term| match term.split_once(':') {
                    Some(("rfc822msgid", id)) => kept.message_id == id,
                    Some(("after", seconds)) => {
                        seconds.parse::<i64>().is_ok_and(|after| kept.at >= after * 1_000)
                    }
                    Some(("-in", place)) => {
                        let label = place.trim_end_matches('s').to_ascii_uppercase();
                        !is_labelled(kept, &label)
                    }
                    _ => true,
                })
        };
        let found: Vec<&Kept> = mailbox.mails.iter().rev().filter(fits).collect();
        let page = found.iter().skip(from).take(most);
        let messages: Vec<Value> =
            page.map(|kept| json!({ "id": kept.id, "threadId": kept.thread })).collect();
        let mut answer = json!({ "resultSizeEstimate": found.len() });
        if !messages.is_empty() {
            answer["messages"] = Value::Array(messages);
        }
        if found.len() > from + most {
            answer["nextPageToken"] = json!((from + most).to_string());
        }
        said(StatusCode::OK, &answer)
    })
    .await
}

pub(super) async fn one(
    state: State<Arc<World>>,
    cut: ConnectInfo<Cut>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Asked,
) -> Response {
    reading((state, cut, headers), move |mailbox, _| {
        let Some(kept) = mailbox.mails.iter().find(|kept| kept.id == id) else {
            return refuse(StatusCode::NOT_FOUND, "notFound", "Requested entity was not found.");
        };
        let mut answer = json!({
            "id": kept.id, "threadId": kept.thread, "labelIds": kept.labels, "historyId": kept.history.to_string(),
            "internalDate": kept.at.to_string(), "sizeEstimate": kept.raw.len(),
        });
        if asked.get("format").is_some_and(|format| format == "raw") {
            answer["raw"] = json!(BASE64.encode(&kept.raw));
        }
        said(StatusCode::OK, &answer)
    })
    .await
}

pub(super) async fn history(
    state: State<Arc<World>>,
    cut: ConnectInfo<Cut>,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    reading((state, cut, headers), move |mailbox, _| {
        let start = asked.get("startHistoryId").and_then(|text| text.parse::<u64>().ok());
        let (Some(start), Some((from, most))) = (start, window(&asked)) else { return bad_request() };
        if start < mailbox.remembers || start > mailbox.history {
            return refuse(StatusCode::NOT_FOUND, "notFound", "Requested entity was not found.");
        }
        let changes: Vec<&Kept> = mailbox.mails.iter().filter(|kept| kept.history > start).collect();
        let page = changes.iter().skip(from).take(most);
        let history: Vec<Value> = page
            .map(|kept| {
                let message = json!({ "id": kept.id, "threadId": kept.thread, "labelIds": kept.labels });
                json!({
                    "id": kept.history.to_string(), "messages": [{ "id": kept.id, "threadId": kept.thread }],
                    "messagesAdded": [{ "message": message }],
                })
            })
            .collect();
        let mut answer = json!({ "historyId": mailbox.history.to_string() });
        if !history.is_empty() {
            answer["history"] = Value::Array(history);
        }
        if changes.len() > from + most {
            answer["nextPageToken"] = json!((from + most).to_string());
        }
        said(StatusCode::OK, &answer)
    })
    .await
}

pub(super) async fn send(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let account = match account(&world, &headers) {
        Ok(account) => account,
        Err(refusal) => return *refusal,
    };
    let refused = |answer| {
        locked(&world.email).ledger.refused += 1;
        answer
    };
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(raw) = request["raw"].as_str().and_then(|raw| BASE64.decode(raw).ok()) else {
        return refused(refuse(
            StatusCode::BAD_REQUEST,
            "invalidArgument",
            "Invalid value for ByteString: raw",
        ));
    };
    let to = recipients(&raw);
    if to.is_empty() {
        return refused(refuse(StatusCode::BAD_REQUEST, "invalidArgument", "Invalid To header"));
    }
    let thread = request["threadId"].as_str().map(str::to_owned);
    if let Some(thread) = &thread
        && world.google.with(&account, |b| b.mails.iter().any(|kept| kept.thread == *thread)) != Some(true)
    {
        return refused(refuse(StatusCode::NOT_FOUND, "notFound", "Requested entity was not found."));
    }
    let act = move |world: &Arc<World>| accept(world, &account, &to, raw, thread);
    match world.faults.draw(Place::GmailSend) {
        None => act(&world),
        Some(hit) => suffer(&world, &cut, hit, act).await,
    }
}

/// The addresses in To, Cc and Bcc.
fn recipients(raw: &[u8]) -> Vec<String> {
    let fields = ["to", "cc", "bcc"].into_iter().filter_map(|name| header(raw, name));
    let addresses = fields.flat_map(|field| {
        let one = |part: &str| {
            let bare = part.rsplit_once('<').map_or(part, |(_, address)| address);
            bare.trim().trim_end_matches('>').to_owned()
        };
        field.split(',').map(one).collect::<Vec<_>>()
    });
    let is_address = |text: &String| {
        text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    };
    addresses.filter(is_address).collect()
}

/// Counts and keeps the mail, puts our copy into the mailbox, and lets its recipients know. Who does not exist is told of
/// by a mail that comes back.
fn accept(
    world: &Arc<World>,
    account: &str,
    to: &[String],
    raw: Vec<u8>,
    thread: Option<String>,
) -> Response {
    let mail = Arc::new(Mail::new(clock::now_ms(), account, to, true, raw));
    locked(&world.email).add(Arc::clone(&mail), |number| format!("without-message-id:{number}"));
    let (id, labels) = (id_of(world), vec!["SENT".to_owned()]);
    let copy = Delivery { raw: mail.raw.clone(), labels, thread };
    let named = world.google.with(account, |mailbox| {
        let kept = mailbox.add(id, copy);
        json!({ "id": kept.id, "threadId": kept.thread, "labelIds": kept.labels })
    });
    if world.people_on() {
        people::receive_mail(world, &mail);
        for unknown in to.iter().filter(|address| people::is_unknown_here(world.options.seed, address)) {
            let (world, mail, address) = (Arc::clone(world), Arc::clone(&mail), unknown.clone());
            world.clone().spawn_person(async move {
                people::write_mail(&world, &address, Some(mail), None, Wish::Bounce, "").await;
            });
        }
    }
    said(StatusCode::OK, &named.unwrap_or_default())
}
