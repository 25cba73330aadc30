//! Finding a message whose answer was lost. Twilio's list does not show our reference (it is in the
//! callback address), so sender, recipient, time and text have to do.
//!
//! Ambiguity: if the same text went to the same number more than once since `since_ms`, any of them counts
//! as found. That errs towards not sending again, which is the side this protocol always errs to.

use super::{MAX_ANSWER, Twilio, send};
use crate::{
    Class, Fail, Found, Outgoing,
    http::{bounded_body, transport},
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::Method;
use serde::Deserialize;

const PAGE_SIZE: u32 = 50;
/// Pages read per question: a thousand messages between the same two numbers. More proves nothing.
const MAX_PAGES: usize = 20;
/// Clocks differ; a message created this much before our first attempt may still be ours.
const SLACK_MS: i64 = 60_000;
/// What trial accounts put before every text.
const TRIAL: &str = "Sent from your Twilio trial account - ";

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    messages: Vec<Listed>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    to: Option<String>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    body: Option<String>,
    direction: Option<String>,
    date_created: Option<String>,
}

/// What one listed message says about ours.
enum Match {
    Ours,
    Other,
    /// Its text was redacted: it could be ours.
    Perhaps,
}

impl Twilio {
    pub(super) async fn look_up(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail> {
        let since_ms = since_ms.saturating_sub(SLACK_MS);
        let Ok(since) = Timestamp::from_millisecond(since_ms) else { return Ok(Found::CannotKnow) };
        let day = since.saturating_sub(SignedDuration::from_hours(24)).map_or(since, |day| day);
        let day = day.strftime("%Y-%m-%d").to_string();
        // By day first, which is short. A message that Twilio still has in its queue has no DateSent,
        // so absence needs the list without the day as well.
        for day in [Some(day), None] {
            match self.search(message, since_ms, day.as_deref()).await {
                Ok(Found::Absent) => {}
                Ok(found) => return Ok(found),
                Err(fail) => {
                    tracing::warn!(class = %fail.class, code = fail.code, "Twilio could not be asked about a message");
                    return Ok(Found::CannotKnow);
                }
            }
        }
        Ok(Found::Absent)
    }

    async fn search(&self, message: &Outgoing, since_ms: i64, day: Option<&str>) -> Result<Found, Fail> {
        let mut path = format!("{}?{}", self.messages_path(), query(message, day));
        let mut doubtful = false;
        for _ in 0..MAX_PAGES {
            let page = self.list(&path).await?;
            for listed in &page.messages {
                match listed.compare(message, since_ms) {
                    Match::Ours => return Ok(Found::Sent(listed.sid.clone())),
                    Match::Perhaps => doubtful = true,
                    Match::Other => {}
                }
            }
            match page.next_page_uri {
                None => return Ok(if doubtful { Found::CannotKnow } else { Found::Absent }),
                Some(next) if next.starts_with("/2010-04-01/") => path = next,
                Some(_) => return Ok(Found::CannotKnow),
            }
        }
        Ok(Found::CannotKnow)
    }

    /// One page of the message list.
    pub(super) async fn list(&self, path: &str) -> Result<Page, Fail> {
        let response =
            self.request(Method::GET, path).send().await.map_err(|error| transport("Twilio", &error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let unusable = || Fail::new(Class::Unknown, "Twilio's list of messages could not be read.");
        let body = bounded_body(response, MAX_ANSWER).await.map_err(|_| unusable())?;
        if !status.is_success() {
            return Err(send::refusal(status, &headers, &body));
        }
        serde_json::from_slice(&body).map_err(|_| unusable())
    }
}

/// The filters of the list. A messaging service is no sender of its messages, so it cannot be a filter.
fn query(message: &Outgoing, day: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("To", &message.to);
    if !message.from.starts_with("MG") {
        query.append_pair("From", &message.from);
    }
    if let Some(day) = day {
        query.append_pair("DateSent>", day);
    }
    query.append_pair("PageSize", &PAGE_SIZE.to_string()).finish()
}

impl Listed {
    fn compare(&self, message: &Outgoing, since_ms: i64) -> Match {
        let other =
            |mine: &str, theirs: &Option<String>| theirs.as_deref().is_some_and(|theirs| theirs != mine);
        let sender = if message.from.starts_with("MG") { &self.messaging_service_sid } else { &self.from };
        let inbound = self.direction.as_deref().is_some_and(|direction| direction.starts_with("inbound"));
        if inbound
            || !send::is_message_sid(&self.sid)
            || other(&message.to, &self.to)
            || other(&message.from, sender)
            || self.created_ms().is_some_and(|created| created < since_ms)
        {
            return Match::Other;
        }
        match self.body.as_deref() {
            None | Some("") => Match::Perhaps,
            Some(body) if same_text(body.strip_prefix(TRIAL).unwrap_or(body), &message.text) => Match::Ours,
            Some(_) => Match::Other,
        }
    }

    fn created_ms(&self) -> Option<i64> {
        rfc2822::parse(self.date_created.as_deref()?).ok().map(|zoned| zoned.timestamp().as_millisecond())
    }
}

/// Equal but for what Twilio's smart encoding and trimming may change: blanks, quotes, dashes, accents.
fn same_text(theirs: &str, ours: &str) -> bool {
    let skeleton = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    theirs.trim() == ours.trim() || (!skeleton(ours).is_empty() && skeleton(theirs) == skeleton(ours))
}
