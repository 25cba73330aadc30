//! What a run did, step by step, and what it left out.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::count::{Counts, Runner, plain_text, read};
use crate::{run, tree};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

struct Step {
    name: String,
    outcome: Outcome,
    took: Duration,
    counts: Option<Counts>,
}

/// The steps of one run, in order.
pub struct Report {
    steps: Vec<Step>,
    /// With nobody to read a note, what is skipped has failed.
    strict: bool,
    /// `SKIPPED ...` lines of the programs themselves, and of runners that left tests out.
    notes: Vec<String>,
}

impl Report {
    /// A report that is strict on CI.
    pub fn new() -> Report {
        Report { steps: Vec::new(), strict: tree::is_ci(), notes: Vec::new() }
    }

    /// Runs a command that checks something; true where it succeeded.
    pub fn check(&mut self, name: &str, command: Command) -> bool {
        self.step(name, None, command)
    }

    /// Runs a test runner, and counts what it ran; true where every test passed.
    pub fn count(&mut self, name: &str, runner: Runner, command: Command) -> bool {
        self.step(name, Some(runner), command)
    }

    /// Does something of our own as a step.
    pub fn act<T>(&mut self, name: &str, act: impl FnOnce() -> Result<T>) -> Option<T> {
        headline(name);
        let start = Instant::now();
        let result = act();
        let outcome = match &result {
            Ok(_) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        self.push(name, outcome, start.elapsed(), None);
        result.ok()
    }

    /// Does something of our own that counts tests; true where every test passed.
    pub fn tally(&mut self, name: &str, act: impl FnOnce() -> Result<Counts>) -> bool {
        headline(name);
        let start = Instant::now();
        let (outcome, counts) = match act() {
            Ok(counts) => (judge(true, "", true, Some(counts)), Some(counts)),
            Err(error) => (Outcome::Failed(format!("{error:#}")), None),
        };
        let passed = outcome == Outcome::Passed;
        self.push(name, outcome, start.elapsed(), counts);
        passed
    }

    /// Says that a step does not run, and why.
    pub fn skip(&mut self, name: &str, reason: impl Into<String>) {
        self.push(name, Outcome::Skipped(reason.into()), Duration::ZERO, None);
    }

    fn step(&mut self, name: &str, runner: Option<Runner>, mut command: Command) -> bool {
        headline(name);
        let start = Instant::now();
        let (outcome, counts) = match run::tee(&mut command) {
            Err(error) => (Outcome::Failed(format!("{error:#}")), None),
            Ok((status, output)) => {
                self.note_skips(name, &output);
                let counts = runner.and_then(|runner| read(runner, &output));
                (judge(status.success(), &status.to_string(), runner.is_some(), counts), counts)
            }
        };
        if let Some(Counts { skipped: skipped @ 1.., .. }) = counts {
            self.notes.push(format!("{name}: {skipped} tests did not run (ignored or filtered out)"));
        }
        let passed = outcome == Outcome::Passed;
        self.push(name, outcome, start.elapsed(), counts);
        passed
    }

    fn note_skips(&mut self, name: &str, output: &str) {
        let output = plain_text(output);
        let skips = output.lines().map(str::trim).filter(|line| line.starts_with("SKIPPED"));
        self.notes.extend(skips.map(|line| format!("{name}: {line}")));
    }

    fn push(&mut self, name: &str, outcome: Outcome, took: Duration, counts: Option<Counts>) {
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => eprintln!("xtask: {name} FAILED: {why}"),
            Outcome::Skipped(why) => eprintln!("xtask: {name} SKIPPED: {why}"),
        }
        self.steps.push(Step { name: name.to_owned(), outcome, took, counts });
    }

    /// All tests of the run; a step that failed without a failed test counts as one failure.
    fn total(&self) -> Counts {
        let mut total = Counts::default();
        for step in &self.steps {
            let mut counts = step.counts.unwrap_or_default();
            if matches!(step.outcome, Outcome::Failed(_)) {
                counts.failed = counts.failed.max(1);
            }
            total += counts;
        }
        if self.strict {
            total.failed += self.left_out().len() as u64;
        }
        total
    }

    fn left_out(&self) -> Vec<String> {
        let steps = self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Skipped(why) => Some(format!("{}: {why}", step.name)),
            _ => None,
        });
        steps.chain(self.notes.iter().cloned()).collect()
    }

    /// Prints the table, what was left out, and as the last line the counts; true where all is well.
    pub fn finish(&self) -> bool {
        let total = self.total();
        println!("\n{}", self.table());
        let left_out = self.left_out();
        if !left_out.is_empty() {
            println!(
                "!!! SKIPPED: this run did not do everything{}",
                if self.strict { ", so it FAILED" } else { "" }
            );
            for line in &left_out {
                println!("!!!   {line}");
            }
            println!();
        }
        println!("{} passed, {} failed", total.passed, total.failed);
        total.failed == 0
    }

    fn table(&self) -> String {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or(0).max(4);
        let mut table = format!("{:width$}  {:8}  {:>8}  tests\n", "step", "result", "time");
        let mut all = Duration::ZERO;
        for step in &self.steps {
            let (result, why) = match &step.outcome {
                Outcome::Passed => ("passed", None),
                Outcome::Failed(why) => ("FAILED", Some(why)),
                Outcome::Skipped(why) => ("SKIPPED", Some(why)),
            };
            let tests = step.counts.map(|counts| match counts.failed {
                0 => counts.passed.to_string(),
                failed => format!("{}, {failed} failed", counts.passed),
            });
            let first_line = why.and_then(|why| why.lines().next()).unwrap_or_default();
            let note = tests.into_iter().chain((!first_line.is_empty()).then(|| first_line.to_owned()));
            let note = note.collect::<Vec<_>>().join("  ");
            let line = format!("{:width$}  {result:8}  {:>8}  {note}", step.name, clock(step.took));
            table.push_str(line.trim_end());
            table.push('\n');
            all += step.took;
        }
        table + &format!("{:width$}  {:8}  {:>8}\n", "all", "", clock(all))
    }
}

fn judge(succeeded: bool, status: &str, counted: bool, counts: Option<Counts>) -> Outcome {
    match counts {
        _ if !succeeded => Outcome::Failed(status.to_owned()),
        None if counted => Outcome::Failed("it printed no count of its tests".to_owned()),
        Some(Counts { failed: 1.., .. }) => Outcome::Failed("tests failed".to_owned()),
        _ => Outcome::Passed,
    }
}

fn headline(name: &str) {
    eprintln!("\n=== {name}");
}

fn clock(took: Duration) -> String {
    match took.as_secs() {
        0 if took.is_zero() => String::new(),
        seconds @ 0..60 => format!("{seconds}.{} s", took.subsec_millis() / 100),
        seconds => format!("{}:{:02} min", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(strict: bool) -> Report {
        Report { steps: Vec::new(), strict, notes: Vec::new() }
    }

    fn shell(script: &str) -> Command {
        run::command("sh", &["-c", script])
    }

    #[test]
    fn counts_of_all_runners_are_added_up() {
        let mut report = report(true);
        assert!(report.count("one", Runner::Plain, shell("echo 3 passed, 0 failed")));
        assert!(report.count("two", Runner::Vitest, shell("echo 'Tests  4 passed (4)'")));
        assert!(report.check("three", shell("true")));
        assert_eq!(report.total(), Counts { passed: 7, failed: 0, skipped: 0 });
        assert!(report.finish());
    }

    #[test]
    fn what_is_tallied_counts_and_fails_like_a_runner() {
        let mut report = report(false);
        assert!(report.tally("all well", || Ok(Counts { passed: 2, failed: 0, skipped: 0 })));
        assert!(!report.tally("one failed", || Ok(Counts { passed: 3, failed: 1, skipped: 0 })));
        assert!(!report.tally("no server", || anyhow::bail!("no server")));
        assert_eq!(report.total(), Counts { passed: 5, failed: 2, skipped: 0 });
    }

    #[test]
    fn a_runner_that_says_nothing_has_failed() {
        let mut report = report(false);
        assert!(!report.count("silent", Runner::Plain, shell("true")));
        assert_eq!(report.total().failed, 1);
        assert!(report.table().contains("it printed no count"), "{}", report.table());
    }

    #[test]
    fn a_runner_that_fails_after_its_count_has_failed() {
        let mut report = report(false);
        assert!(!report.count("late", Runner::Plain, shell("echo 3 passed, 0 failed; exit 1")));
        assert_eq!(report.total(), Counts { passed: 3, failed: 1, skipped: 0 });
    }

    #[test]
    fn what_was_skipped_is_only_a_note_by_hand_and_a_failure_on_ci() {
        for (strict, failed) in [(false, 0), (true, 2)] {
            let mut report = report(strict);
            report.skip("e2e", "no Chromium");
            report.count("chaos", Runner::Plain, shell("echo SKIPPED the bugs; echo 1 passed, 0 failed"));
            assert_eq!(report.total(), Counts { passed: 1, failed, skipped: 0 });
            assert_eq!(report.left_out(), ["e2e: no Chromium", "chaos: SKIPPED the bugs"]);
            assert_eq!(report.finish(), !strict);
        }
    }
}
