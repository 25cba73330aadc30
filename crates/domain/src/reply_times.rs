//! Reply times: within how much business time a workspace wants to answer, and when an answer is due by that.
//!
//! What a conversation waits for is told from what was said in it ([`tell`]); when that is due, by [`Clock`].

mod owed;

pub use owed::{Answered, Came, Owed, Said, Story, What, tell};

use crate::{
    Channel,
    schedule::{self, Holiday, Hours, SendWindow},
};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most windows of business hours.
pub const MAX_WINDOWS: usize = 20;
/// The longest time to answer, in minutes: thirty days of twenty-four hours.
pub const MAX_MINUTES: u32 = 30 * 24 * 60;
/// A time to answer is at most so many weeks of business hours long.
const MAX_WEEKS: u32 = 8;

/// Within how much business time an answer is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyTimes {
    /// Whether the workspace wants to be told when an answer is late.
    pub is_on: bool,
    /// The hours that count; none at all are all hours.
    pub windows: Vec<SendWindow>,
    /// On which clock, as an IANA name; null for the workspace's.
    pub time_zone: Option<String>,
    /// Whether the workspace's holidays do not count.
    pub rests_on_holidays: bool,
    /// Minutes to the first answer in a conversation.
    #[schemars(range(min = 1, max = 43200))]
    pub first_minutes: u32,
    /// Minutes to every later answer.
    #[schemars(range(min = 1, max = 43200))]
    pub later_minutes: u32,
    /// Minutes where somebody is interested, if that is sooner; null where they wait as long as others.
    #[schemars(range(min = 1, max = 43200))]
    pub hot_minutes: Option<u32>,
    /// Channels with times of their own.
    #[schemars(length(max = 7))]
    pub channels: Vec<ChannelTimes>,
}

/// The times of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelTimes {
    /// Which.
    pub channel: Channel,
    /// Minutes to the first answer in a conversation.
    #[schemars(range(min = 1, max = 43200))]
    pub first_minutes: u32,
    /// Minutes to every later answer.
    #[schemars(range(min = 1, max = 43200))]
    pub later_minutes: u32,
}

impl Default for ReplyTimes {
    /// Off; when switched on, Monday to Friday from 9 to 17, four hours to the first answer and eight to later ones.
    fn default() -> Self {
        Self {
            is_on: false,
            windows: vec![SendWindow { days: vec![1, 2, 3, 4, 5], from: 9 * 60, until: 17 * 60 }],
            time_zone: None,
            rests_on_holidays: true,
            first_minutes: 4 * 60,
            later_minutes: 8 * 60,
            hot_minutes: None,
            channels: Vec::new(),
        }
    }
}

impl ReplyTimes {
    /// What is wrong with them: the field, and what to do.
    pub fn wrong(&self) -> Option<(&'static str, String)> {
        if self.windows.len() > MAX_WINDOWS {
            return Some(("windows", format!("Keep at most {MAX_WINDOWS} windows of business hours")));
        }
        if self.time_zone.as_deref().is_some_and(|name| schedule::zone(name).is_none()) {
            return Some(("time_zone", "This is not an IANA time zone such as Europe/Oslo".into()));
        }
        let mut met = Vec::new();
        for times in &self.channels {
            if met.contains(&times.channel) {
                let name = times.channel.name();
                return Some(("channels", format!("There are two lines for {name}; keep one of them")));
            }
            met.push(times.channel);
        }
        let own =
            self.channels.iter().flat_map(|c| [("channels", c.first_minutes), ("channels", c.later_minutes)]);
        let most = self.minutes_a_week().saturating_mul(MAX_WEEKS);
        let all = [("first_minutes", self.first_minutes), ("later_minutes", self.later_minutes)];
        let hot = self.hot_minutes.map(|minutes| ("hot_minutes", minutes));
        for (field, minutes) in all.into_iter().chain(hot).chain(own) {
            if minutes == 0 || minutes > MAX_MINUTES {
                return Some((field, "Choose from one minute to thirty days".into()));
            }
            if minutes > most {
                let message = format!(
                    "That is more than {MAX_WEEKS} weeks of these business hours. Choose a shorter time, or longer hours"
                );
                return Some((field, message));
            }
        }
        None
    }

    fn minutes_a_week(&self) -> u32 {
        let hours = Hours { windows: self.windows.clone(), holidays: Vec::new() };
        let open = |day| hours.minutes(day).iter().filter(|open| **open).count() as u32;
        (1..=7).map(open).sum()
    }

    /// How many minutes an answer may take, before anybody is interested.
    fn minutes(&self, channel: Channel, is_first: bool) -> u32 {
        let own = self.channels.iter().find(|times| times.channel == channel);
        match (own, is_first) {
            (Some(own), true) => own.first_minutes,
            (Some(own), false) => own.later_minutes,
            (None, true) => self.first_minutes,
            (None, false) => self.later_minutes,
        }
    }

    /// The clock by which answers are due in a workspace with this zone and these holidays.
    pub fn clock(&self, workspace_zone: &str, holidays: &[Holiday]) -> Clock<'_> {
        let holidays =
            if self.rests_on_holidays { holidays.iter().map(|one| one.day).collect() } else { Vec::new() };
        Clock {
            times: self,
            hours: Hours { windows: self.windows.clone(), holidays },
            zone: schedule::zone_for(self.time_zone.as_deref(), None, workspace_zone),
        }
    }
}

/// Says when answers are due.
#[derive(Debug)]
pub struct Clock<'a> {
    times: &'a ReplyTimes,
    hours: Hours,
    zone: TimeZone,
}

impl Clock<'_> {
    /// When an answer is due; `None` where these hours do not open for years.
    pub fn due(&self, owed: &Owed, channel: Channel) -> Option<i64> {
        let usual = self.after(owed.from, self.times.minutes(channel, owed.is_first));
        let hot = self.times.hot_minutes.zip(owed.hot_from);
        let sooner = hot.and_then(|(minutes, from)| self.after(from, minutes));
        usual.into_iter().chain(sooner).min()
    }

    /// When so many minutes of business time have gone by.
    pub fn after(&self, from_ms: i64, minutes: u32) -> Option<i64> {
        schedule::after_open(&self.hours, &self.zone, from_ms, i64::from(minutes) * 60_000)
    }

    /// How much business time lies between two instants, in milliseconds.
    pub fn waited(&self, from_ms: i64, until_ms: i64) -> i64 {
        schedule::open_between(&self.hours, &self.zone, from_ms, until_ms)
    }

    /// On which clock it counts.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

#[cfg(test)]
mod tests;
