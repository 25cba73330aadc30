//! What a wait waits for.

use crate::{
    condition::{Condition, Facts, Happening},
    schedule::{self, TimeOfDay},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A rest. JSON is one of `{"seconds"}`, `{"until","days"}` and `{"event","node","timeout_seconds"}`.
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
}

fn every_day() -> Vec<u8> {
    (1..=7).collect()
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
    /// The rest of somebody who came at `arrived_at`, `None` when it is over at `now`.
    pub(super) fn rest(&self, arrived_at: i64, facts: &Facts, now: i64) -> Option<Rest> {
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
        };
        (until > now).then_some(Rest { until, awaits })
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
        }
        let Wire { seconds, until, days, event, node, timeout_seconds } = Wire::deserialize(d)?;
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
                "a wait has `seconds`, or `until` with `days`, or `event` with `node` and `timeout_seconds`",
            )),
        }
    }
}
