//! Which of several variants gets more answers, and how sure that is.
//!
//! Shares of small samples mislead, so none is told without the interval that it lies in (Wilson's score interval), and
//! two are compared by Newcombe's interval of their difference, which is made of the same two. Whoever looks again and
//! again finds a winner among equals sooner or later: so a contest is looked at once it has its sample, then each time
//! that has doubled, and every look may use up half of the doubt that the ones before have left. All looks together are
//! wrong no more often than the split allows.

use crate::funnel::Winner;
use schemars::JsonSchema;
use serde::Serialize;

/// What an interval of 95 % takes: so many standard deviations.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// Further out nothing is told apart from certainty.
const Z_MOST: f64 = 8.0;

/// A variant: people who were written to, and those of them who answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arm {
    /// People whom a message behind the split has left to.
    pub written: u32,
    /// How many of them gave an answer that counts.
    pub answered: u32,
}

impl Arm {
    /// The share that answered, 0 to 1; 0 where nobody was written to.
    pub fn rate(self) -> f64 {
        if self.written == 0 {
            0.0
        } else {
            f64::from(self.answered.min(self.written)) / f64::from(self.written)
        }
    }

    /// Where the true share lies, with as much certainty as `z` standard deviations give (Wilson 1927). Of nobody nothing
    /// is known: it is anything from 0 to 1.
    pub fn interval(self, z: f64) -> (f64, f64) {
        if self.written == 0 {
            return (0.0, 1.0);
        }
        let (p, n, zz) = (self.rate(), f64::from(self.written), z * z);
        let middle = p + zz / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + zz / (4.0 * n * n)).sqrt();
        let all = 1.0 + zz / n;
        (((middle - half) / all).max(0.0), ((middle + half) / all).min(1.0))
    }
}

/// Where the difference of two true shares lies, of the first less the second (Newcombe 1998, method 10).
pub fn difference(a: Arm, b: Arm, z: f64) -> (f64, f64) {
    let ((low_a, high_a), (low_b, high_b)) = (a.interval(z), b.interval(z));
    let (p, q) = (a.rate(), b.rate());
    let low = p - q - (p - low_a).hypot(high_b - q);
    let high = p - q + (high_a - p).hypot(q - low_b);
    (low, high)
}

/// How sure it is that two shares differ, 0 to 1: the widest interval of their difference that leaves 0 out. Nobody said
/// before which one would be the better, so both ends count.
pub fn certainty(better: Arm, other: Arm) -> f64 {
    if better.rate() <= other.rate() || better.written == 0 || other.written == 0 {
        return 0.0;
    }
    let is_apart = |z: f64| difference(better, other, z).0 > 0.0;
    if is_apart(Z_MOST) {
        return 1.0;
    }
    // The lower end only falls as the interval widens.
    let (mut apart, mut touching) = (0.0_f64, Z_MOST);
    for _ in 0..60 {
        let z = f64::midpoint(apart, touching);
        if is_apart(z) { apart = z } else { touching = z }
    }
    (2.0 * below(apart) - 1.0).clamp(0.0, 1.0)
}

/// The share of a normal distribution that lies below `z` standard deviations, for `z` of 0 and more.
pub fn below(z: f64) -> f64 {
    if z >= Z_MOST {
        return 1.0;
    }
    // z + z^3/3 + z^5/(3*5) + ... : all terms have one sign, so nothing is lost.
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term > sum * 1e-17 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0.5 + density * sum).min(1.0)
}

/// Who is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Standing {
    /// Its place among the variants.
    pub best: usize,
    /// How sure it is that it is better than every other, 0 to 1.
    pub certainty: f64,
}

/// Who is ahead, and how sure that is: the doubt about each other variant adds up. `None` where fewer than two stand
/// against one another, or where several are ahead alike.
pub fn standing(arms: &[Arm]) -> Option<Standing> {
    let (best, ahead) = arms.iter().enumerate().max_by(|(_, a), (_, b)| a.rate().total_cmp(&b.rate()))?;
    let mut others = arms.iter().enumerate().filter(|(at, _)| *at != best).map(|(_, arm)| arm).peekable();
    others.peek()?;
    let mut doubt = 0.0;
    for other in others {
        if other.rate() >= ahead.rate() {
            return None;
        }
        doubt += 1.0 - certainty(*ahead, *other);
    }
    Some(Standing { best, certainty: (1.0 - doubt).max(0.0) })
}

/// What the next look at a contest takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Needs {
    /// So many people of every variant have been written to.
    pub written: u32,
    /// It is so sure, 0 to 1.
    pub certainty: f64,
}

/// What it takes after so many looks.
pub fn needs(rule: &Winner, looks: u32) -> Needs {
    let looks = looks.min(31);
    let doubt = 1.0 - f64::from(rule.confidence.min(100)) / 100.0;
    let written = u64::from(rule.sample.max(1)) << looks;
    Needs {
        written: u32::try_from(written).unwrap_or(u32::MAX),
        certainty: 1.0 - doubt / 2_f64.powi(i32::try_from(looks).unwrap_or(31) + 1),
    }
}

/// What a look at a contest says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It is too early to look.
    TooEarly,
    /// Somebody looked, and none has won. The next look is when twice as many have been written to.
    Open(Option<Standing>),
    /// One has won.
    Won(Standing),
}

/// Looks at a contest after so many looks before. Nobody wins while one of the variants is below its sample.
pub fn look(rule: &Winner, looks: u32, arms: &[Arm]) -> Verdict {
    let needs = needs(rule, looks);
    if arms.len() < 2 || arms.iter().any(|arm| arm.written < needs.written) {
        return Verdict::TooEarly;
    }
    match standing(arms) {
        Some(standing) if standing.certainty >= needs.certainty => Verdict::Won(standing),
        standing => Verdict::Open(standing),
    }
}

#[cfg(test)]
mod tests;
