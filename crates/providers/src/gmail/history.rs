//! Reading what came in: by the history of changes, and by date where Gmail does not remember that far back. A visit reads
//! one page at most, and says where to go on.

use super::{
    Gmail,
    cursor::{At, Cursor},
    of_a_question,
    send::{MAX_ANSWER, Named, is_id},
};
use crate::{Class, Fail, Poll, http::Cut, mime};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use reqwest::StatusCode;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

/// Changes, or mails, on one page.
const PAGE: usize = 50;
/// Mail bytes of one visit; the mail that passes it is the last.
const MAX_FETCHED: usize = mime::MAX_BYTES;
/// A visit that has taken so long ends with what it has.
const LONG: Duration = Duration::from_secs(20);
/// One mail as Gmail gives it: four characters for three bytes, and what stands around them.
const MAX_RAW: usize = mime::MAX_BYTES / 3 * 4 + 64 * 1024;

/// Google's base64 has its padding, or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What we sent or did not finish, and what nobody reads. A mail to oneself is our own copy, too.
const NOT_READ: [&str; 5] = ["SENT", "DRAFT", "SPAM", "TRASH", "CHAT"];

fn is_read(labels: &[String]) -> bool {
    !labels.iter().any(|label| NOT_READ.contains(&label.as_str()))
}

/// A page of the history, or of a search.
struct Page {
    ids: Vec<String>,
    next: Option<String>,
    /// Where the history stands after this page.
    reached: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    #[serde(default)]
    history: Vec<Change>,
    next_page_token: Option<String>,
    history_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    id: String,
    #[serde(default)]
    messages_added: Vec<Added>,
}

#[derive(Deserialize)]
struct Added {
    message: Labelled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Labelled {
    id: String,
    #[serde(default)]
    label_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    messages: Vec<Named>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(default)]
    label_ids: Vec<String>,
    raw: String,
}

impl Gmail {
    /// What came since the cursor. Without one it only finds out where the mailbox stands, so that connecting an old
    /// mailbox does not import its history. `since_ms` is from when on to read by date, if Gmail has forgotten.
    pub(super) async fn read(&self, cursor: Option<&str>, since_ms: i64) -> Result<Poll, Fail> {
        // One that cannot be read, of an earlier kind perhaps, is like one that Gmail has forgotten.
        let Some(cursor) = cursor else {
            let (_, history) = self.profile().await?;
            let cursor = Cursor::after(history).to_string();
            return Ok(Poll { messages: Vec::new(), cursor, more: false });
        };
        let Ok(cursor) = cursor.parse::<Cursor>() else { return self.back_fill(since_ms).await };
        let page = match cursor.at {
            At::History(start) => match self.changes(start, cursor.page.as_deref()).await? {
                Some(page) => page,
                None => return self.back_fill(since_ms).await,
            },
            At::Date { after, .. } => self.listed(after, cursor.page.as_deref()).await?,
        };
        self.fetch(cursor, page).await
    }

    /// Begins to read by date. Where the history stands is asked first: what comes meanwhile is read twice, not never.
    async fn back_fill(&self, since_ms: i64) -> Result<Poll, Fail> {
        let (_, history) = self.profile().await?;
        tracing::info!("Gmail does not remember how far a mailbox was read; it is read by date");
        let cursor = Cursor::since(since_ms.div_euclid(1000), history).to_string();
        Ok(Poll { messages: Vec::new(), cursor, more: true })
    }

    /// `None` where Gmail does not remember that far back.
    async fn changes(&self, start: u64, page: Option<&str>) -> Result<Option<Page>, Fail> {
        let query = query([("startHistoryId", &start.to_string()), ("historyTypes", "messageAdded")], page);
        let said = self.ask(&format!("/history?{query}"), MAX_ANSWER).await?;
        // A page that is not known any more is asked for anew by date as well.
        if said.status == StatusCode::NOT_FOUND || (said.status == StatusCode::BAD_REQUEST && page.is_some())
        {
            return Ok(None);
        }
        if said.status != StatusCode::OK {
            return Err(of_a_question(said.refusal()));
        }
        let body = said.body.unwrap_or_default();
        let changes: Changes = serde_json::from_slice(&body).map_err(|_| garbled())?;
        let reached = match (&changes.next_page_token, changes.history.last()) {
            (Some(_), last) => last.and_then(|change| change.id.parse().ok()),
            (None, _) => {
                Some(changes.history_id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(garbled)?)
            }
        };
        let added = changes.history.into_iter().flat_map(|change| change.messages_added);
        let ids = added.filter(|added| is_read(&added.message.label_ids)).map(|added| added.message.id);
        Ok(Some(Page { ids: ids.collect(), next: changes.next_page_token, reached }))
    }

    async fn listed(&self, after: i64, page: Option<&str>) -> Result<Page, Fail> {
        let query = query([("q", &format!("after:{after} -in:sent -in:drafts -in:chats"))], page);
        let listed: Listed = self.told(&format!("/messages?{query}")).await?;
        let ids = listed.messages.into_iter().map(|named| named.id).collect();
        Ok(Page { ids, next: listed.next_page_token, reached: None })
    }

    /// The mails of a page that have not been read, as many as a visit holds.
    async fn fetch(&self, cursor: Cursor, page: Page) -> Result<Poll, Fail> {
        let (began, mut bytes, mut done) = (Instant::now(), 0, cursor.done.clone());
        let known = done.as_ref().and_then(|mail| page.ids.iter().position(|id| id == mail));
        let mut messages = Vec::new();
        for id in page.ids.iter().skip(known.map_or(0, |place| place + 1)) {
            if bytes >= MAX_FETCHED || began.elapsed() > LONG {
                let cursor = Cursor { done, ..cursor }.to_string();
                return Ok(Poll { messages, cursor, more: true });
            }
            if let Some(raw) = self.raw(id).await? {
                bytes += raw.len();
                messages.push(raw);
            }
            done = Some(id.clone());
        }
        let more = page.next.is_some();
        let next = match (cursor.at, page.next, page.reached) {
            (At::History(_), _, Some(reached)) => Cursor::after(reached),
            (At::Date { then, .. }, None, _) => Cursor::after(then),
            // Nothing on this page tells where we are but its successor.
            (at, page, _) => Cursor { at, done: None, page },
        };
        // The history goes on right behind the search.
        let more = more || (matches!(cursor.at, At::Date { .. }));
        Ok(Poll { messages, cursor: next.to_string(), more })
    }

    /// One mail; `None` where it is gone meanwhile, too large, or turns out to be none that is read.
    async fn raw(&self, id: &str) -> Result<Option<Vec<u8>>, Fail> {
        if !is_id(id) {
            return Ok(None);
        }
        let said = self.ask(&format!("/messages/{id}?format=raw"), MAX_RAW).await?;
        match said.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(of_a_question(said.refusal())),
        }
        let body = match said.body {
            Ok(body) => body,
            Err(Cut::TooLong) => {
                tracing::warn!("a mail is too large to be read and stays in the mailbox");
                return Ok(None);
            }
            Err(Cut::Broken) => return Err(garbled()),
        };
        let it: Raw = serde_json::from_slice(&body).map_err(|_| garbled())?;
        if !is_read(&it.label_ids) {
            return Ok(None);
        }
        BASE64.decode(it.raw).map(Some).map_err(|_| garbled())
    }
}

fn query<const N: usize>(asked: [(&str, &str); N], page: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked).append_pair("maxResults", &PAGE.to_string());
    query.extend_pairs(page.map(|page| ("pageToken", page))).finish()
}

fn garbled() -> Fail {
    Fail::new(Class::Retry, "Gmail broke off or answered something else than asked; it is asked again.")
}
