//! What was found, and the lines that say so.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A broken promise, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The provider applied one message more than once.
    SentTwice,
    /// Accepted with a 2xx, and now nowhere, or called sent though it never left.
    Lost,
    /// Left, and called not sent.
    Wrong,
    /// Still waiting after the quiet phase.
    Stuck,
    /// One request became two messages.
    AcceptedTwice,
    /// The API refused what it must accept.
    Refused,
    /// A webhook was answered 2xx, and its message is nowhere.
    HookLost,
    /// A webhook had its effect twice.
    HookTwice,
    /// One stranger became two conversations.
    SplitConversation,
    /// The database is damaged.
    Damaged,
    /// Too little happened for the run to prove anything.
    TooLittle,
    /// After a power cut, something that was answered 2xx is gone.
    CutLost,
    /// After a power cut, a message that had left is queued again.
    CutForgotSending,
    /// After a power cut, the database does not open, or is damaged.
    CutDamaged,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::SentTwice => "sent twice",
            Fault::Lost => "lost",
            Fault::Wrong => "called not sent though it left",
            Fault::Stuck => "stuck",
            Fault::AcceptedTwice => "accepted twice",
            Fault::Refused => "refused",
            Fault::HookLost => "webhooks lost",
            Fault::HookTwice => "webhooks applied twice",
            Fault::SplitConversation => "conversations split",
            Fault::Damaged => "damaged",
            Fault::TooLittle => "too little happened",
            Fault::CutLost => "lost by a power cut",
            Fault::CutForgotSending => "queued again by a power cut",
            Fault::CutDamaged => "damaged by a power cut",
        })
    }
}

/// The result of one run.
#[derive(Debug, Default)]
pub struct Findings {
    /// What happened, in numbers, in the order of the telling.
    counts: Vec<(&'static str, u64)>,
    faults: BTreeMap<Fault, Vec<String>>,
}

impl Findings {
    /// Tells a number that is no fault.
    pub fn count(&mut self, what: &'static str, number: usize) {
        self.counts.push((what, number as u64));
    }

    /// Tells how long the run took.
    pub fn after(mut self, took: Duration) -> Findings {
        self.counts.push(("seconds", took.as_secs()));
        self
    }

    /// Tells of a broken promise, with what is needed to find it again.
    pub fn fault(&mut self, fault: Fault, example: impl Into<String>) {
        self.faults.entry(fault).or_default().push(example.into());
    }

    /// How often this promise was broken.
    pub fn times(&self, fault: Fault) -> usize {
        self.faults.get(&fault).map_or(0, Vec::len)
    }

    /// Were all promises kept?
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts.iter().map(|(what, number)| format!("{number} {what}"));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))?;
        for (fault, examples) in &self.faults {
            write!(f, "; {} {fault} (e.g. {})", examples.len(), examples[0])?;
        }
        Ok(())
    }
}

/// The lines of a whole run.
#[derive(Debug, Default)]
pub struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    /// Prints the line of one part.
    pub fn line(&mut self, passed: bool, name: &str, text: impl fmt::Display) {
        let word = if passed { "PASS" } else { "FAIL" };
        match passed {
            true => self.passed += 1,
            false => self.failed += 1,
        }
        println!("{word} {name}: {text}");
    }

    /// A part that must find no fault.
    pub fn must_be_clean(&mut self, name: &str, result: &anyhow::Result<Findings>) {
        match result {
            Ok(findings) => self.line(findings.is_clean(), name, findings),
            Err(error) => self.line(false, name, format!("{error:#}")),
        }
    }

    /// Prints the last line; true where nothing failed and something passed.
    pub fn close(&self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0 && self.passed > 0
    }
}
