//! Ordering a drop: a campaign of one number.

use super::{MAX_ANSWER, Slybroadcast, answer, answer::Answer};
use crate::{
    Class, Fail, Gate, Outgoing, Receipt, gated,
    http::{bounded_body, retry_after_ms},
};
use domain::schedule;
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use std::sync::Arc;

impl Slybroadcast {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let form = self.form(&order(message)?);
        let request =
            self.http.client().post(&self.url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = gated::send("Slybroadcast", request, form, gate).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        match (status.as_u16(), Answer::read(&body)) {
            (200, Some(Answer::Taken(Some(session)))) => Ok(Receipt { provider_message_id: session }),
            (200, Some(Answer::Refused(said))) => Err(answer::refusal(&said)),
            (404, _) => Err(Fail::credentials("Slybroadcast", "there is nothing at the base URL")),
            (429, _) => Err(Fail {
                retry_after_ms: retry_after_ms(&headers),
                ..Fail::new(
                    Class::Throttle,
                    "Slybroadcast asks to slow down. Nothing was sent; it is tried again.",
                )
                .with_code("429")
            }),
            // It answers 200 whatever it did: anything else comes from a machine between, which does not know.
            (status, _) => {
                let message = format!(
                    "Slybroadcast did not give a usable answer (it answered {status}); the voicemail may have been dropped."
                );
                Err(Fail::new(Class::Unknown, message))
            }
        }
    }
}

/// The fields of the order.
fn order(message: &Outgoing) -> Result<Vec<(&'static str, String)>, Fail> {
    let Some(audio) = &message.audio_url else {
        return Err(Fail::new(Class::Permanent, "The voicemail has no recording. Nothing was sent."));
    };
    let Some(phone) = ten_digits(&message.to) else {
        let text = "Voicemails are dropped in the US and Canada only: the number has to begin with +1. Nothing was sent.";
        return Err(Fail::new(Class::BadRecipient, text));
    };
    let Some(caller) = ten_digits(&message.from) else {
        return Err(Fail::credentials(
            "Slybroadcast",
            "the caller ID has to be a number that begins with +1",
        ));
    };
    let mut order = vec![
        ("c_phone", phone),
        ("c_callerID", caller),
        ("c_date", "now".to_owned()),
        ("c_url", audio.clone()),
        ("c_audio", "mp3".to_owned()),
        // A landline would ring, and somebody would pick up.
        ("mobile_only", "1".to_owned()),
        // What it knows the campaign by in its own pages.
        ("c_title", message.message_id.clone()),
    ];
    if let (Some(now), Some(until)) = (eastern(message.date_ms), message.until_ms.and_then(eastern)) {
        // The hour alone: what lies behind midnight ends with the day.
        let is_today = now.get(..10) == until.get(..10);
        let end = if is_today { until.get(11..).unwrap_or("23:59:59") } else { "23:59:59" };
        order.push(("c_endtime", end.to_owned()));
    }
    order.extend(message.status_callback.clone().map(|url| ("c_dispo_url", url)));
    Ok(order)
}

/// `+12025550123` as `2025550123`.
pub(super) fn ten_digits(number: &str) -> Option<String> {
    let digits = number.strip_prefix("+1")?;
    (digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.to_owned())
}

/// An instant as Slybroadcast writes it: `2026-06-15 06:00:00`, on the clock of New York.
pub(super) fn eastern(at_ms: i64) -> Option<String> {
    let zone = schedule::zone("America/New_York")?;
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The instant of such a text. In the hour that comes twice the first is meant, as nobody can tell.
pub(super) fn from_eastern(text: &str) -> Option<i64> {
    let zone = schedule::zone("America/New_York")?;
    let local = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim()).ok()?;
    Some(zone.to_ambiguous_timestamp(local).earlier().ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_on_the_clock_of_new_york() {
        for (at_ms, expected) in [
            (1_781_517_600_000, "2026-06-15 06:00:00"),
            (1_768_471_200_000, "2026-01-15 05:00:00"),
            // Around the gap of March and the fold of November.
            (1_772_953_199_000, "2026-03-08 01:59:59"),
            (1_772_953_200_000, "2026-03-08 03:00:00"),
            (1_793_509_200_000, "2026-11-01 01:00:00"),
        ] {
            assert_eq!(eastern(at_ms).as_deref(), Some(expected));
            let back = from_eastern(expected).unwrap();
            assert!(back == at_ms || back == at_ms - 3_600_000, "{expected}");
        }
        for nonsense in ["", "now", "2026-13-01 00:00:00", "2026-06-15T06:00:00Z"] {
            assert_eq!(from_eastern(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn only_numbers_of_north_america() {
        for (number, expected) in [
            ("+12025550123", Some("2025550123")),
            ("+4790000001", None),
            ("2025550123", None),
            ("+1202555012", None),
            ("+1202555012x", None),
        ] {
            assert_eq!(ten_digits(number).as_deref(), expected, "{number}");
        }
    }
}
