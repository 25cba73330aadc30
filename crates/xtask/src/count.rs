//! How many tests a runner says it ran, read from what it printed.

use std::ops::AddAssign;

/// A runner's own words about its tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold, did not end in time, or could not be started.
    pub failed: u64,
    /// Did not run: ignored, filtered out, or marked as to do.
    pub skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Whose words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// `cargo nextest run`: one summary line.
    Nextest,
    /// `cargo test`: one line per test binary.
    CargoTest,
    /// `vitest run`: its `Tests` line.
    Vitest,
    /// A report in the format of JUnit: its outermost element.
    JUnit,
    /// Our own runners: the last line `N passed, N failed`.
    Plain,
}

/// Reads the counts from a runner's whole output; none where it printed no such line.
pub fn read(runner: Runner, output: &str) -> Option<Counts> {
    let output = plain_text(output);
    let lines = output.lines().map(str::trim);
    match runner {
        Runner::Nextest => lines.filter_map(nextest).next_back(),
        Runner::Vitest => lines.filter_map(vitest).next_back(),
        Runner::Plain => lines.filter_map(plain).next_back(),
        Runner::JUnit => junit(&output),
        Runner::CargoTest => lines.filter_map(cargo_test).reduce(|mut sum, counts| {
            sum += counts;
            sum
        }),
    }
}

/// `Summary [ 1.2s] 5/6 tests run: 3 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 2 skipped`
fn nextest(line: &str) -> Option<Counts> {
    let line = line.strip_prefix("Summary [")?;
    let (_, words) = line.split_once("run:")?;
    add_up(&without_brackets(words), ',')
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn cargo_test(line: &str) -> Option<Counts> {
    let (_, words) = line.strip_prefix("test result:")?.split_once(". ")?;
    add_up(words, ';')
}

/// `Tests  1 failed | 11 passed | 2 skipped (14)`
fn vitest(line: &str) -> Option<Counts> {
    let words = line.strip_prefix("Tests ")?;
    add_up(&without_brackets(words), '|')
}

/// `<testsuites disabled="0" errors="1" failures="2" tests="136" time="4.2">`
fn junit(report: &str) -> Option<Counts> {
    let (_, element) = report.split_once("<testsuites ")?;
    let (element, _) = element.split_once('>')?;
    let number = |name: &str| {
        let (_, rest) = element.split_once(&format!("{name}=\""))?;
        rest.split_once('"')?.0.parse::<u64>().ok()
    };
    let failed = number("failures")? + number("errors")?;
    Some(Counts { passed: number("tests")?.checked_sub(failed)?, failed, skipped: 0 })
}

/// `e2e: 12 passed, 0 failed, 1 skipped`, with or without the word before.
fn plain(line: &str) -> Option<Counts> {
    let words = match line.split_once(": ") {
        Some((word, rest)) if !word.contains(' ') => rest,
        _ => line,
    };
    // Nothing else may stand on such a line, so that a sentence about counts is not taken for one.
    let known = |part: &str| {
        part.trim()
            .split_once(' ')
            .is_some_and(|(number, word)| number.parse::<u64>().is_ok() && PLAIN_WORDS.contains(&word))
    };
    (words.contains("passed") && words.contains("failed") && words.split(',').all(known))
        .then(|| add_up(words, ','))
        .flatten()
}

const PLAIN_WORDS: [&str; 3] = ["passed", "failed", "skipped"];

/// Adds up `3 passed, 1 failed`: what is neither a pass nor a failure, nor a test that did not run, is left out.
fn add_up(words: &str, separator: char) -> Option<Counts> {
    let mut counts = Counts::default();
    let mut any = false;
    for part in words.split(separator) {
        let Some((number, word)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        any = true;
        match word.trim() {
            "passed" => counts.passed += number,
            "failed" | "exec failed" | "timed out" | "failed to start" => counts.failed += number,
            "skipped" | "ignored" | "todo" => counts.skipped += number,
            // benchmarks, expected failures and filtered doc tests are no test results
            _ => {}
        }
    }
    any.then_some(counts)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept
}

/// Without the escape sequences that colour a terminal.
pub fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next() == Some('[') {
            // A control sequence ends with its first letter.
            characters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(runner: Runner, output: &str, expected: Option<(u64, u64, u64)>) {
        let found = read(runner, output).map(|c| (c.passed, c.failed, c.skipped));
        assert_eq!(found, expected, "{runner:?} read {output:?}");
    }

    #[test]
    fn nextest_is_read_with_its_brackets_and_colours() {
        check(
            Runner::Nextest,
            "     Summary [   0.012s] 12 tests run: 12 passed, 0 skipped",
            Some((12, 0, 0)),
        );
        check(
            Runner::Nextest,
            "     Summary [   9.1s] 8/9 tests run: 4 passed (1 slow, 1 leaky), 2 failed, 1 exec failed, 1 timed out, 3 skipped\n\
             \u{20}       FAIL [   0.005s] domain template::tests::x\n",
            Some((4, 4, 3)),
        );
        check(
            Runner::Nextest,
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m",
            Some((1, 0, 0)),
        );
        check(Runner::Nextest, "error: could not compile `domain`", None);
    }

    #[test]
    fn cargo_test_is_summed_over_its_binaries() {
        check(
            Runner::CargoTest,
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s\n",
            Some((7, 3, 1)),
        );
        check(Runner::CargoTest, "running 0 tests", None);
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        check(
            Runner::Vitest,
            " Test Files  2 passed (2)\n      Tests  14 passed (14)\n   Start at  10:00:00\n",
            Some((14, 0, 0)),
        );
        check(
            Runner::Vitest,
            " Test Files  1 failed | 1 passed (2)\n      Tests  1 failed | 11 passed | 2 skipped | 1 todo (15)\n",
            Some((11, 1, 3)),
        );
        check(Runner::Vitest, "      Tests  no tests\n", None);
    }

    #[test]
    fn a_report_of_junit_is_read_from_its_outermost_element() {
        check(
            Runner::JUnit,
            "<?xml version=\"1.0\" ?>\n<testsuites disabled=\"0\" errors=\"1\" failures=\"2\" tests=\"9\" time=\"4.2\">\n\t<testsuite tests=\"5\">",
            Some((6, 3, 0)),
        );
        check(Runner::JUnit, "<testsuites>", None);
        check(Runner::JUnit, "<testsuites errors=\"1\" failures=\"2\" tests=\"1\">", None);
    }

    #[test]
    fn a_plain_line_stands_alone_and_the_last_one_counts() {
        check(Runner::Plain, "3 passed, 1 failed\n12 passed, 0 failed\n", Some((12, 0, 0)));
        check(Runner::Plain, "e2e: 12 passed, 2 failed, 1 skipped\n", Some((12, 2, 1)));
        check(Runner::Plain, "so far 12 passed, 2 failed\n", None);
        check(Runner::Plain, "12 passed, 2 failed, see above\n", None);
        check(Runner::Plain, "12 passed\n", None);
        check(Runner::Plain, "", None);
    }

    #[test]
    fn what_is_no_number_is_no_count() {
        check(Runner::Plain, "99999999999999999999999 passed, 0 failed\n", None);
        check(Runner::Nextest, "Summary [ broken run: many passed", None);
        check(Runner::Plain, "\u{1b}", None);
    }
}
