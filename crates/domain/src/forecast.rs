//! When a campaign's first messages will leave: people, senders, caps and hours, day by day. A forecast for people to
//! plan with, not a promise: days are those of one zone, and clock changes are passed over.

use crate::{
    pace::{Ramp, Rate},
    schedule::Hours,
};
use jiff::civil::Date;

/// How far ahead is looked, in days.
pub const MOST_DAYS: usize = 730;

/// A sender with its share of the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// How many people are waiting for it.
    pub people: i64,
    /// How often it may write.
    pub rate: Rate,
    /// Most messages a day once it is warm.
    pub daily_cap: Option<i64>,
    /// How it is warmed up, as of the first day.
    pub ramp: Option<Ramp>,
    /// What of the first day's cap it has used.
    pub used_today: i64,
}

/// How many messages leave on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// How many.
    pub messages: i64,
}

/// How many messages leave on which day, from `today` on, of which `minute_now` minutes are over; days without any are
/// left out. The second number is how many people are left after [`MOST_DAYS`].
pub fn forecast(
    mut lanes: Vec<Lane>,
    hours: &Hours,
    campaign_cap: Option<i64>,
    today: Date,
    minute_now: u16,
) -> (Vec<Day>, i64) {
    let open: Vec<[bool; 1440]> = (1..=7).map(|weekday| hours.minutes(weekday)).collect();
    let mut days = Vec::new();
    for (ahead, date) in today.series(jiff::Span::new().days(1)).take(MOST_DAYS).enumerate() {
        if lanes.iter().all(|lane| lane.people == 0) {
            break;
        }
        if hours.holidays.contains(&date) {
            continue;
        }
        let from = if ahead == 0 { usize::from(minute_now) } else { 0 };
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let minutes =
            open.get(weekday).map_or(0, |day| day.iter().skip(from).filter(|open| **open).count() as i64);
        let mut left = campaign_cap.unwrap_or(i64::MAX);
        let mut messages = 0;
        for lane in &mut lanes {
            let some = lane.people.min(lane.on_day(ahead as i64, minutes)).min(left);
            lane.people -= some;
            left -= some;
            messages += some;
        }
        if messages > 0 {
            days.push(Day { date, messages });
        }
    }
    (days, lanes.iter().map(|lane| lane.people).sum())
}

impl Lane {
    /// How many messages it may send on a day so far ahead, of which so many minutes are open.
    fn on_day(&self, ahead: i64, minutes: i64) -> i64 {
        let cap = match self.ramp {
            Some(ramp) => Some(Ramp { days: ramp.days + ahead, ..ramp }.cap(self.daily_cap)),
            None => self.daily_cap,
        };
        let cap = cap.map(|cap| if ahead == 0 { (cap - self.used_today).max(0) } else { cap });
        let by_minute = self.rate.per_minute.map(|rate| minutes.saturating_mul(rate));
        let by_hour = self.rate.per_hour.map(|rate| minutes.saturating_mul(rate) / 60);
        let unlimited = if minutes == 0 { 0 } else { i64::MAX };
        [cap, by_minute, by_hour].into_iter().flatten().fold(unlimited, i64::min)
    }
}

/// Shares of a number of people by weight, which add up to it.
pub fn shares(people: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from((*weight).max(1))).sum();
    let mut given = 0;
    let mut until = 0;
    let share = |weight: &i64| {
        until += i128::from((*weight).max(1));
        let so_far = i64::try_from(i128::from(people) * until / sum.max(1)).unwrap_or(people);
        let share = so_far - given;
        given = so_far;
        share
    };
    weights.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::SendWindow;
    use proptest::prelude::*;

    fn office() -> Hours {
        Hours { windows: vec![SendWindow::new(&[1, 2, 3, 4, 5], 540, 1020).unwrap()], holidays: vec![] }
    }

    fn lane(people: i64, daily_cap: Option<i64>) -> Lane {
        Lane { people, daily_cap, rate: Rate::default(), ramp: None, used_today: 0 }
    }

    fn told(forecast: (Vec<Day>, i64)) -> String {
        let days: Vec<String> =
            forecast.0.iter().map(|day| format!("{} {}", day.date.strftime("%a"), day.messages)).collect();
        format!("{} left {}", days.join(", "), forecast.1)
    }

    #[test]
    fn days_fill_up_within_caps_and_hours() {
        // A Thursday at noon.
        let (thursday, noon) = ("2027-03-04".parse().unwrap(), 720);
        let at = |lanes: Vec<Lane>, cap| told(forecast(lanes, &office(), cap, thursday, noon));
        assert_eq!(at(vec![lane(250, Some(100))], None), "Thu 100, Fri 100, Mon 50 left 0");
        let used = Lane { used_today: 90, ..lane(250, Some(100)) };
        assert_eq!(at(vec![used], None), "Thu 10, Fri 100, Mon 100, Tue 40 left 0");
        assert_eq!(at(vec![lane(250, None)], None), "Thu 250 left 0");
        assert_eq!(
            at(vec![lane(100, Some(50)), lane(100, Some(80))], Some(60)),
            "Thu 60, Fri 60, Mon 60, Tue 20 left 0"
        );
        let hourly = Lane { rate: Rate { per_hour: Some(10), ..Rate::default() }, ..lane(150, None) };
        assert_eq!(at(vec![hourly], None), "Thu 50, Fri 80, Mon 20 left 0");
        let new = Lane { ramp: Some(Ramp { start: 5, step: 5, days: 0 }), ..lane(100, Some(12)) };
        assert_eq!(at(vec![Lane { people: 30, ..new }], None), "Thu 5, Fri 10, Mon 12, Tue 3 left 0");
        let holiday = Hours { holidays: vec!["2027-03-05".parse().unwrap()], ..office() };
        let told = told(forecast(vec![lane(150, Some(100))], &holiday, None, thursday, noon));
        assert_eq!(told, "Thu 100, Mon 50 left 0");
    }

    #[test]
    fn what_never_ends_says_how_much_is_left() {
        let (_, left) = forecast(
            vec![lane(1_000_000, Some(1))],
            &Hours::default(),
            None,
            "2027-01-01".parse().unwrap(),
            0,
        );
        assert_eq!(left, 1_000_000 - MOST_DAYS as i64);
    }

    proptest! {
        #[test]
        fn everybody_is_counted_once(
            people in 0..5_000i64, weights in prop::collection::vec(1..=100i64, 1..6), cap in prop::option::of(1..500i64),
        ) {
            let parts = shares(people, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), people);
            let lanes = parts.iter().map(|people| lane(*people, Some(40))).collect();
            let (days, left) = forecast(lanes, &office(), cap, "2027-01-01".parse().unwrap(), 0);
            prop_assert_eq!(days.iter().map(|day| day.messages).sum::<i64>() + left, people);
            prop_assert!(days.iter().all(|day| day.messages <= cap.unwrap_or(i64::MAX).min(40 * weights.len() as i64)));
        }
    }
}
