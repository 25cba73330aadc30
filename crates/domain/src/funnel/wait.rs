//! What a wait waits for.

use crate::{
    condition::{Condition, Facts, Happening},
    schedule::{self, TimeOfDay},
    text::words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

words! {
    /// What somebody does for whom a wait has no day.
    pub enum Otherwise {
        /// Goes on at once.
        GoOn = "go_on",
        /// Leaves the campaign.
        Leave = "leave",
    }
}

/// A rest. JSON is one of `{"seconds"}`, `{"until","days"}`, `{"event","node","timeout_seconds"}` and
/// `{"date","offset_days","at","if_past","if_none"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(deny_unknown_fields)]
pub enum Wait {
    /// So long.
    For {
        /// In seconds.
        seconds: i64,
    },
    /// Until it is this time where the person is, on one of these days.
    Until {
        /// Time of the day.
        until: TimeOfDay,
        /// Weekdays, Monday is 1 and Sunday 7; every day where it is left out.
        #[serde(default = "every_day")]
        days: Vec<u8>,
    },
    /// Until something happens, but no longer than so long. Which of the two it was can be asked by an edge.
    Event {
        /// What.
        event: Happening,
        /// Only to the message of this node; any message of the campaign where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// The longest, in seconds.
        timeout_seconds: i64,
    },
    /// Until the day in a date field, or so many days before or after it, at this time where the person is. A day that
    /// is changed while somebody waits is waited for as it is then.
    Date {
        /// The field: `event.date`, the day of the event that the campaign invites to, or `contact.custom.` and the key
        /// of a custom field that holds dates.
        date: String,
        /// Days after that day; before it where negative.
        #[serde(default)]
        offset_days: i32,
        /// Time of the day.
        #[serde(default = "nine")]
        at: TimeOfDay,
        /// What somebody does for whom that was before they got here.
        #[serde(default = "go_on")]
        if_past: Otherwise,
        /// What somebody does who has no such day.
        #[serde(default = "go_on")]
        if_none: Otherwise,
    },
}

fn nine() -> TimeOfDay {
    TimeOfDay::NINE
}

const fn go_on() -> Otherwise {
    Otherwise::GoOn
}

fn every_day() -> Vec<u8> {
    (1..=7).collect()
}

/// What a wait comes to for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resting {
    /// They go on.
    Over,
    /// They rest.
    Until(Rest),
    /// They leave the campaign, for this reason.
    Leave(&'static str),
}

/// Until when somebody rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rest {
    /// Milliseconds since the epoch.
    pub(super) until: i64,
    /// What would end it before.
    pub(super) awaits: Option<Happening>,
}

impl Wait {
    /// Whether it waits for a day that may be changed meanwhile.
    pub const fn is_for_a_date(&self) -> bool {
        matches!(self, Wait::Date { .. })
    }

    /// What it comes to at `now` for somebody who came at `arrived_at`.
    pub(super) fn rest(&self, arrived_at: i64, facts: &Facts, now: i64) -> Resting {
        if let Wait::Date { date, offset_days, at, if_past, if_none } = self {
            let otherwise = |what: &Otherwise, why: &'static str| match what {
                Otherwise::GoOn => Resting::Over,
                Otherwise::Leave => Resting::Leave(why),
            };
            let zone = facts.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
            let day = facts
                .dates
                .get(date)
                .and_then(|day| day.checked_add(jiff::Span::new().try_days(*offset_days).ok()?).ok());
            return match day.and_then(|day| schedule::at(&zone, day, *at)) {
                None => otherwise(if_none, "They have no such day"),
                Some(until) if until < arrived_at => otherwise(if_past, "The day was over"),
                Some(until) if until <= now => Resting::Over,
                Some(until) => Resting::Until(Rest { until, awaits: None }),
            };
        }
        match self.span(arrived_at, facts) {
            Some(rest) if rest.until > now => Resting::Until(rest),
            _ => Resting::Over,
        }
    }

    /// The rest of the other sorts, `None` where there is none.
    fn span(&self, arrived_at: i64, facts: &Facts) -> Option<Rest> {
        let later = |seconds: i64| arrived_at.saturating_add(seconds.saturating_mul(1_000));
        let (until, awaits) = match self {
            Wait::For { seconds } => (later(*seconds), None),
            Wait::Until { until, days } => {
                let zone = facts.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
                (schedule::next_at(&zone, arrived_at, *until, days)?, None)
            }
            Wait::Event { event, node, timeout_seconds } => {
                let happened = Condition::Event { event: *event, node: node.clone(), happened: true };
                if happened.holds(facts) {
                    return None;
                }
                (later(*timeout_seconds), Some(*event))
            }
            Wait::Date { .. } => return None,
        };
        Some(Rest { until, awaits })
    }
}

/// Read by hand, because an untagged enum can only say "did not match any variant".
impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            seconds: Option<i64>,
            until: Option<TimeOfDay>,
            days: Option<Vec<u8>>,
            event: Option<Happening>,
            node: Option<String>,
            timeout_seconds: Option<i64>,
            date: Option<String>,
            offset_days: Option<i32>,
            at: Option<TimeOfDay>,
            if_past: Option<Otherwise>,
            if_none: Option<Otherwise>,
        }
        let Wire {
            seconds,
            until,
            days,
            event,
            node,
            timeout_seconds,
            date,
            offset_days,
            at,
            if_past,
            if_none,
        } = Wire::deserialize(d)?;
        let is_other = seconds.is_some() || until.is_some() || event.is_some();
        let of_date = offset_days.is_some() || at.is_some() || if_past.is_some() || if_none.is_some();
        let of_others = days.is_some() || node.is_some() || timeout_seconds.is_some();
        if let Some(date) = date {
            if is_other || of_others {
                return Err(D::Error::custom(
                    "a wait for a `date` has `offset_days`, `at`, `if_past` and `if_none` besides",
                ));
            }
            return Ok(Wait::Date {
                date,
                offset_days: offset_days.unwrap_or(0),
                at: at.unwrap_or_else(nine),
                if_past: if_past.unwrap_or_else(go_on),
                if_none: if_none.unwrap_or_else(go_on),
            });
        }
        if of_date {
            return Err(D::Error::missing_field("date"));
        }
        let of_event = node.is_some() || timeout_seconds.is_some();
        match (seconds, until, event) {
            (Some(seconds), None, None) if days.is_none() && !of_event => Ok(Wait::For { seconds }),
            (None, Some(until), None) if !of_event => {
                Ok(Wait::Until { until, days: days.unwrap_or_else(every_day) })
            }
            (None, None, Some(event)) if days.is_none() => {
                let timeout_seconds =
                    timeout_seconds.ok_or_else(|| D::Error::missing_field("timeout_seconds"))?;
                Ok(Wait::Event { event, node, timeout_seconds })
            }
            (None, None, None) => Err(D::Error::missing_field("seconds")),
            _ => Err(D::Error::custom(
                "a wait has `seconds`, or `until` with `days`, or `event` with `node` and `timeout_seconds`, or a `date`",
            )),
        }
    }
}
