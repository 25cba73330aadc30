//! When a campaign, or a sender, must not go on as it is: too many of its messages come back, are taken for spam, or make
//! people opt out. Providers judge a sender by that, and what it writes to anybody then goes to spam.
//!
//! Nothing here scans what was sent: what went wrong is counted as it happens, and only the size of the sample is asked
//! for, up to the size at which the answer is "not too many" ([`Threshold::sample_that_clears`]).

use crate::text::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What can go wrong with a message that is counted.
    pub enum Harm {
        /// It came back, or was refused, since there is no such address.
        Bounced = "bounced",
        /// Its recipient marked it as spam.
        Complained = "complained",
        /// Its recipient asked not to be written to.
        OptedOut = "opted_out",
    }
}

/// How much of one harm is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Most of 10,000 messages; more of them pauses. 500 is 5 %.
    pub most_per_10000: i64,
    /// Fewer messages than this say nothing.
    pub sample: i64,
}

impl Threshold {
    /// Whether so many of a sample are too many.
    pub const fn is_passed(self, harmed: i64, sample: i64) -> bool {
        sample >= self.sample && harmed.saturating_mul(10_000) > self.most_per_10000.saturating_mul(sample)
    }

    /// The smallest sample in which so many are not too many: nobody needs to count further.
    pub const fn sample_that_clears(self, harmed: i64) -> i64 {
        let enough = harmed.saturating_mul(10_000) / self.most_per_10000;
        let enough =
            if harmed.saturating_mul(10_000) % self.most_per_10000 == 0 { enough } else { enough + 1 };
        if enough > self.sample { enough } else { self.sample }
    }
}

/// The thresholds of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Messages that came back.
    pub bounces: Threshold,
    /// Messages that were marked as spam.
    pub complaints: Threshold,
    /// People who asked not to be written to.
    pub opt_outs: Threshold,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            bounces: Threshold { most_per_10000: 500, sample: 50 },
            complaints: Threshold { most_per_10000: 30, sample: 100 },
            opt_outs: Threshold { most_per_10000: 1_000, sample: 100 },
        }
    }
}

/// Within what a threshold can be set: rate from and to, sample from and to. Nobody can switch one off.
const BOUNDS: [(Harm, [i64; 4]); 3] = [
    (Harm::Bounced, [100, 1_000, 20, 1_000]),
    (Harm::Complained, [10, 100, 50, 1_000]),
    (Harm::OptedOut, [100, 5_000, 50, 1_000]),
];

impl Thresholds {
    /// The one for a harm.
    pub const fn of(&self, harm: Harm) -> Threshold {
        match harm {
            Harm::Bounced => self.bounces,
            Harm::Complained => self.complaints,
            Harm::OptedOut => self.opt_outs,
        }
    }

    /// What is out of bounds: the field, and in words within what it has to be.
    pub fn wrong(&self) -> Option<(&'static str, String)> {
        BOUNDS.into_iter().find_map(|(harm, [least, most, from, to])| {
            let name = match harm {
                Harm::Bounced => ["thresholds.bounces.most_per_10000", "thresholds.bounces.sample"],
                Harm::Complained => ["thresholds.complaints.most_per_10000", "thresholds.complaints.sample"],
                Harm::OptedOut => ["thresholds.opt_outs.most_per_10000", "thresholds.opt_outs.sample"],
            };
            let Threshold { most_per_10000, sample } = self.of(harm);
            if !(least..=most).contains(&most_per_10000) {
                let text = format!("Choose from {} to {} of the messages", percent(least), percent(most));
                return Some((name[0], text));
            }
            let text = format!("Choose a sample of {from} to {to} messages");
            (!(from..=to).contains(&sample)).then_some((name[1], text))
        })
    }
}

/// What happened since a campaign or a sender was last let go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sample {
    /// Messages that left, or were tried.
    pub tried: i64,
    /// How many of them were harmed.
    pub harmed: i64,
}

/// Whether it is looked at after so much harm: always while there is little, then about every sixteenth more, because
/// counting what was sent takes longer the more it is.
pub const fn is_looked_at(harmed: i64) -> bool {
    harmed < 32 || harmed % (1 << (harmed / 16).ilog2()) == 0
}

/// Why it must not go on as it is, in words for people; `None` while it may.
pub fn problem(harm: Harm, thresholds: &Thresholds, sample: Sample) -> Option<String> {
    let threshold = thresholds.of(harm);
    let Sample { tried, harmed } = sample;
    if !threshold.is_passed(harmed, tried) {
        return None;
    }
    let most = percent(threshold.most_per_10000);
    let (what, so) = match harm {
        Harm::Bounced => (
            "came back because the address does not work",
            "make providers distrust your senders. Check where the addresses come from, take out what is old, then resume",
        ),
        Harm::Complained => (
            "were marked as spam",
            "make providers put what you write to anybody into spam. Check who is written to and whether they expect it, then resume",
        ),
        Harm::OptedOut => (
            "made people ask not to be written to",
            "say that these people do not want it. Check who is written to and what with, then resume",
        ),
    };
    Some(format!("Paused by itself: too many messages {what}, {harmed} of {tried}. More than {most} {so}"))
}

/// `500` as `5 %`, `30` as `0.3 %`.
pub fn percent(per_10000: i64) -> String {
    let (whole, rest) = (per_10000 / 100, per_10000 % 100);
    match rest {
        0 => format!("{whole} %"),
        _ if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_of_a_small_sample_says_nothing() {
        let all = Thresholds::default();
        for (harm, tried, harmed, is_problem) in [
            (Harm::Bounced, 0, 0, false),
            (Harm::Bounced, 49, 49, false),
            (Harm::Bounced, 50, 50, true),
            (Harm::Bounced, 50, 2, false),
            (Harm::Bounced, 50, 3, true),
            (Harm::Bounced, 100, 5, false),
            (Harm::Bounced, 100, 6, true),
            (Harm::Complained, 99, 99, false),
            (Harm::Complained, 100, 1, true),
            (Harm::Complained, 333, 1, true),
            (Harm::Complained, 334, 1, false),
            (Harm::OptedOut, 99, 99, false),
            (Harm::OptedOut, 100, 10, false),
            (Harm::OptedOut, 100, 11, true),
            (Harm::Bounced, -3, 60, false),
        ] {
            let found = problem(harm, &all, Sample { tried, harmed });
            assert_eq!(found.is_some(), is_problem, "{harm} {harmed} of {tried}");
        }
    }

    #[test]
    fn nobody_counts_further_than_needed() {
        for threshold in [Thresholds::default().bounces, Thresholds::default().complaints] {
            for harmed in 1..2_000 {
                let clears = threshold.sample_that_clears(harmed);
                assert!(!threshold.is_passed(harmed, clears) || clears == threshold.sample, "{harmed}");
                if clears > threshold.sample {
                    assert!(threshold.is_passed(harmed, clears - 1), "{harmed}: one fewer is too few");
                }
            }
        }
    }

    #[test]
    fn much_harm_is_looked_at_now_and_then() {
        let looked = (1..=5_000).filter(|n| is_looked_at(*n)).count();
        assert!((40..400).contains(&looked), "{looked}");
        assert!((1..32).all(is_looked_at));
        assert!((32..5_000).all(|n| (n..n + n / 8).any(is_looked_at)), "never long not at all");
    }

    #[test]
    fn nobody_switches_one_off() {
        let usual = Thresholds::default();
        assert_eq!(usual.wrong(), None);
        for (most_per_10000, sample, is_right) in
            [(99, 50, false), (100, 50, true), (1_001, 50, false), (500, 19, false), (500, 1_001, false)]
        {
            let all = Thresholds { bounces: Threshold { most_per_10000, sample }, ..usual };
            assert_eq!(all.wrong().is_none(), is_right, "{most_per_10000} {sample}");
        }
        assert_eq!(
            (percent(30), percent(500), percent(25), percent(1)),
            ("0.3 %".into(), "5 %".into(), "0.25 %".into(), "0.01 %".into())
        );
    }
}
