//! `cargo xtask test`: everything there is to test, and a loud word about what was left out.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::count::{Counts, Runner};
use crate::postgres::{Place, Postgres};
use crate::report::Report;
use crate::{contract, lint, packages, run, tree, web};

/// A part that can run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rust,
    Web,
    Contract,
    E2e,
    Chaos,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    only: Vec<Part>,
    quick: bool,
    /// Passed on to the Rust test runner: names of tests.
    filters: Vec<String>,
}

/// Limits for one step, on CI: a hanging one must end in time for a report.
const RUST_LIMIT: Duration = Duration::from_secs(25 * 60);
const WEB_LIMIT: Duration = Duration::from_secs(10 * 60);
/// For each of the two databases.
pub const CONTRACT_LIMIT: Duration = Duration::from_secs(10 * 60);
const E2E_LIMIT: Duration = Duration::from_secs(25 * 60);
const CHAOS_LIMIT: Duration = Duration::from_secs(20 * 60);
/// For each of the two databases.
const BENCH_LIMIT: Duration = Duration::from_secs(5 * 60);

const LARGE_IMPORT: &str = "100000";

/// Runs the tests; true where all of them passed.
pub fn test(arguments: &[String]) -> Result<bool> {
    let options = Options::parse(arguments)?;
    if tree::is_ci() && options.leaves_something_out() {
        bail!("with CI=true nothing may be left out: run `cargo xtask test` without options");
    }
    let mut run = Run { report: Report::new(), postgres: None, options };
    run.install();
    if run.wants(Part::Web) || run.wants(Part::E2e) {
        run.web();
    }
    web::ensure_dist()?;
    if run.wants(Part::Rust) && run.options.filters.is_empty() {
        lint::rust(&mut run.report);
    }
    if [Part::Rust, Part::Contract, Part::E2e, Part::Chaos].into_iter().any(|part| run.wants(part)) {
        run.programs();
    }
    Ok(run.report.finish())
}

struct Run {
    options: Options,
    report: Report,
    postgres: Option<Postgres>,
}

impl Run {
    fn wants(&self, part: Part) -> bool {
        let chosen = self.options.only.is_empty() || self.options.only.contains(&part);
        let named = self.options.only.contains(&part);
        chosen && (named || !self.options.quick || !matches!(part, Part::Contract | Part::E2e | Part::Chaos))
    }

    /// Debian packages, and everything that --quick or --only leaves out by its own word.
    fn install(&mut self) {
        let needs_postgres = self.needs_postgres();
        let contract = self.wants(Part::Contract);
        let missing =
            packages::missing(self.wants(Part::Rust), needs_postgres, self.wants(Part::E2e), contract);
        if !missing.is_empty() {
            match packages::obstacle(&missing) {
                None => drop(self.report.act("install packages", || packages::install(&missing))),
                Some(obstacle) => self.report.skip("install packages", obstacle),
            }
        }
        let signs_in = self.wants(Part::Rust) || self.wants(Part::E2e);
        if signs_in && packages::oidc().is_none() && packages::has_venv() {
            self.report.act("install an OpenID provider", packages::install_oidc);
        }
        if self.wants(Part::Rust) && packages::s3().is_none() && packages::has_venv() {
            self.report.act("install an S3-compatible store", packages::install_s3);
        }
        let lints = self.wants(Part::Rust) && !self.options.quick && self.options.filters.is_empty();
        if lints && packages::detect_secrets().is_none() && packages::has_venv() {
            self.report.act("install detect-secrets", packages::install_detect_secrets);
        }
        if contract && packages::schemathesis().is_none() && packages::has_venv() {
            self.report.act("install Schemathesis", packages::install_schemathesis);
        }
        if self.options.only.is_empty() && self.options.quick {
            for part in [
                "import of 100000 rows",
                "contract",
                "e2e",
                "chaos",
                "rustdoc",
                "cargo-deny",
                "secrets",
                "what the program is made of",
            ] {
                self.report.skip(part, "--quick");
            }
        }
    }

    fn web(&mut self) {
        let Some(()) = self.report.act("web: npm install", web::install) else { return };
        if self.wants(Part::Web) {
            lint::web(&mut self.report);
            let vitest = run::within(WEB_LIMIT, web::npm(&["run", "test"]));
            self.report.count("web: vitest", Runner::Vitest, vitest);
        }
        self.report.act("web: build", web::build);
    }

    /// All that needs the compiled workspace.
    fn programs(&mut self) {
        // One build with one set of features for the tests, the browser and the kill loop.
        let build = run::cargo(&["build", "--workspace", "--bins", "--tests", "--quiet"]);
        let planted = (self.wants(Part::Chaos)).then(|| self.planted_bugs()).flatten();
        if !self.report.check("build", build) {
            return;
        }
        if planted.is_some() {
            self.report.act("planted bugs are in one binary alone", told_apart);
        }
        if self.needs_postgres() {
            self.start_postgres(Place::Memory);
        }
        if self.wants(Part::Rust) {
            self.rust();
        }
        if self.wants(Part::Contract) {
            self.contract();
        }
        if self.wants(Part::E2e) {
            self.e2e();
        }
        if self.wants(Part::Chaos) {
            // How long a commit takes decides what a kill meets.
            if self.postgres.take().is_some() {
                self.start_postgres(Place::Disk);
            }
            self.chaos(planted);
        }
    }

    fn needs_postgres(&self) -> bool {
        [Part::Rust, Part::Contract, Part::Chaos].into_iter().any(|part| self.wants(part))
    }

    fn start_postgres(&mut self, place: Place) {
        if crate::postgres::programs().is_none() {
            let what = "PostgreSQL is not installed (Debian: apt-get install postgresql)";
            return self.report.skip("tests on PostgreSQL", what);
        }
        self.postgres = self.report.act("start PostgreSQL", || Postgres::start(place));
    }

    fn rust(&mut self) {
        if packages::dovecot().is_none() {
            let what = "Dovecot is not installed (Debian: apt-get install dovecot-imapd)";
            self.report.skip("tests of a real IMAP server", what);
        }
        if packages::redis().is_none() {
            let what = "Redis is not installed (Debian: apt-get install redis-server)";
            self.report.skip("tests of limits shared through Redis", what);
        }
        if packages::oidc().is_none() {
            let what = "there is no OpenID provider (it needs PyPI and Python; Debian: apt-get install python3-venv)";
            self.report.skip("tests of signing in with Google", what);
        }
        if packages::s3().is_none() {
            let what = "there is no S3-compatible store (it needs PyPI and Python; Debian: apt-get install python3-venv)";
            self.report.skip("tests of recordings in a bucket", what);
        }
        let filters: Vec<&str> = self.options.filters.iter().map(String::as_str).collect();
        if tree::has("cargo-nextest") {
            let mut nextest = run::cargo(&["nextest", "run", "--workspace"]);
            if tree::is_ci() {
                nextest.args(["--no-fail-fast", "--profile", "ci"]);
            }
            let nextest = self.with_servers(nextest, &filters);
            self.report.count("rust: nextest", Runner::Nextest, run::within(RUST_LIMIT, nextest));
        } else {
            let tests = run::cargo(&["test", "--workspace", "--bins", "--lib", "--tests", "--no-fail-fast"]);
            let tests = self.with_servers(tests, &filters);
            self.report.count("rust: cargo test", Runner::CargoTest, run::within(RUST_LIMIT, tests));
        }
        if !self.options.filters.is_empty() {
            return;
        }
        let examples = run::cargo(&["test", "--workspace", "--doc", "--quiet"]);
        self.report.count("rust: examples in docs", Runner::CargoTest, examples);
        self.generated_files();
        if !self.options.quick {
            self.large_import();
            lint::rust_thorough(&mut self.report);
        }
    }

    /// The benchmark of a million rows at a tenth of its size, for its counts and what it prints: it fails where a row is
    /// not accounted for. How long it takes says nothing here, as the program is not optimised.
    fn large_import(&mut self) {
        let url = self.postgres.as_ref().map(|postgres| postgres.url.clone());
        for (name, database) in [("sqlite", None), ("postgres", url.as_deref())] {
            // That there is no PostgreSQL has been said.
            if name == "postgres" && database.is_none() {
                continue;
            }
            let mut bench = run::command(binary("overture"), &["bench", "import", "--rows", LARGE_IMPORT]);
            bench.args(database.iter().flat_map(|url| ["--database", url]));
            let bench = run::within(BENCH_LIMIT, without_settings(bench));
            self.report.tally(&format!("import of {LARGE_IMPORT} rows: {name}"), || passes(bench));
        }
    }

    /// Our own PostgreSQL for a command, and nobody else's: a `DATABASE_URL` of this machine belongs to
    /// another program, and settings of an installation must not change what is tested.
    fn with_servers(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments);
        command = without_settings(command);
        if let Some(postgres) = &self.postgres {
            command.env("OVERTURE_TEST_POSTGRES", &postgres.url);
        }
        if let Some(program) = packages::oidc() {
            command.env("OVERTURE_TEST_OIDC", program);
        }
        if let Some(program) = packages::s3() {
            command.env("OVERTURE_TEST_S3", program);
        }
        if let Some(program) = packages::redis() {
            command.env("OVERTURE_TEST_REDIS", program);
        }
        command
    }

    /// The committed API description must be what the program says of itself.
    fn generated_files(&mut self) {
        let file = crate::gen_openapi_file();
        if file.is_file() {
            self.report.act("generated files are fresh", || {
                let committed = fs::read_to_string(&file).context("reading the committed API description")?;
                if committed != crate::openapi()? {
                    bail!("{} is out of date: run `cargo xtask gen` and commit it", file.display());
                }
                Ok(())
            });
        }
    }

    /// Everything that the API description promises, asked of the running program.
    fn contract(&mut self) {
        if packages::schemathesis().is_none() {
            let what =
                "there is no Schemathesis (it needs PyPI and Python; Debian: apt-get install python3-venv)";
            return self.report.skip("contract", what);
        }
        let url = self.postgres.as_ref().map(|postgres| postgres.url.clone());
        for (name, database) in [("sqlite", None), ("postgres", url.as_deref())] {
            // That there is no PostgreSQL has been said.
            if name == "sqlite" || database.is_some() {
                let check = || contract::check(name, database, without_settings);
                self.report.tally(&format!("contract: {name}"), check);
            }
        }
    }

    fn e2e(&mut self) {
        let Some(browser) = packages::browser() else {
            return self.report.skip("e2e", "there is no Chromium (Debian: apt-get install chromium)");
        };
        let mut e2e = self.with_servers(web::npm(&["run", "--silent", "e2e"]), &[]);
        e2e.env("OVERTURE_BIN", binary("overture")).env("CHROMIUM", browser);
        self.report.count("e2e", Runner::Plain, run::within(E2E_LIMIT, e2e));
    }

    fn chaos(&mut self, planted: Option<PathBuf>) {
        let mut chaos = self.with_servers(run::command(binary("chaos"), &["smoke"]), &[]);
        chaos.env("OVERTURE_BIN", binary("overture")).env("SANDBOX_BIN", binary("sandbox"));
        if let Some(planted) = planted {
            chaos.env("OVERTURE_BUGGY_BIN", planted);
        }
        self.report.count("chaos", Runner::Plain, run::within(CHAOS_LIMIT, chaos));
    }

    /// The product with the bugs that the kill loop must catch, put beside the real one under another name.
    /// It is built first, since Cargo gives both the same name. `--examples` makes Cargo choose the same
    /// features of all dependencies as for the tests, so that they are not built twice.
    fn planted_bugs(&mut self) -> Option<PathBuf> {
        let mut build = run::cargo(&["build", "--workspace", "--bins", "--examples", "--quiet"]);
        build.args(["--features", "overture/planted-bugs"]);
        if !self.report.check("build with planted bugs", build) {
            return None;
        }
        let planted = binary("overture-planted-bugs");
        let copied = self.report.act("set it aside", || {
            let outcome = fs::copy(binary("overture"), &planted);
            outcome.with_context(|| format!("copying to {}", planted.display()))
        });
        copied.map(|_| planted)
    }
}

/// A program that is one test.
fn passes(mut program: Command) -> Result<Counts> {
    let (status, _) = run::tee(&mut program)?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(Counts { passed: 1, ..Counts::default() })
}

/// The variable that chooses a planted bug is named in the binary that has them, and not in the other. That a release has
/// the features of the latter is looked at where what it is made of is written down.
fn told_apart() -> Result<()> {
    const CHOICE: &[u8] = b"OVERTURE_BUG";
    for (name, has_them) in [("overture", false), ("overture-planted-bugs", true)] {
        let bytes = fs::read(binary(name)).with_context(|| format!("reading {name}"))?;
        if bytes.windows(CHOICE.len()).any(|part| part == CHOICE) != has_them {
            bail!("{name} has planted bugs: {}; it should be the other way round", !has_them);
        }
    }
    Ok(())
}

fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_a_setting) {
            command.env_remove(name);
        }
    }
    command
}

fn is_a_setting(name: &str) -> bool {
    name.starts_with("OVERTURE_")
        || ["DATABASE_URL", "REDIS_URL", "PORT", "SMS_PROVIDER", "RELAYER_API_KEY", "EMPLOYEE_ID"]
            .contains(&name)
        || name.starts_with("SMTP_")
}

fn binary(name: &str) -> PathBuf {
    tree::built("debug").join(name)
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Options> {
        let mut options = Options { only: Vec::new(), quick: false, filters: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--only" => {
                    let names =
                        arguments.next().context("--only needs a part: rust, web, contract, e2e or chaos")?;
                    for name in names.split(',') {
                        options.only.push(Part::parse(name)?);
                    }
                }
                flag if flag.starts_with('-') => bail!("unknown option {flag}; see `cargo xtask help`"),
                filter => options.filters.push(filter.to_owned()),
            }
        }
        if !options.filters.is_empty() && options.only.is_empty() {
            options.only.push(Part::Rust);
        }
        Ok(options)
    }

    fn leaves_something_out(&self) -> bool {
        self.quick || !self.only.is_empty() || !self.filters.is_empty()
    }
}

impl Part {
    fn parse(name: &str) -> Result<Part> {
        Ok(match name {
            "rust" => Part::Rust,
            "web" => Part::Web,
            "contract" => Part::Contract,
            "e2e" => Part::E2e,
            "chaos" => Part::Chaos,
            other => bail!("there is no part {other:?}: rust, web, contract, e2e or chaos"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Options> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    fn run(words: &str) -> Run {
        Run { options: parse(words).unwrap(), report: Report::new(), postgres: None }
    }

    #[test]
    fn everything_runs_unless_something_is_named() {
        let all = [Part::Rust, Part::Web, Part::Contract, Part::E2e, Part::Chaos];
        assert!(all.iter().all(|part| run("").wants(*part)));
        assert_eq!(all.map(|part| run("--quick").wants(part)), [true, true, false, false, false]);
        assert_eq!(all.map(|part| run("--only web,e2e").wants(part)), [false, true, false, true, false]);
        assert_eq!(all.map(|part| run("--quick --only e2e").wants(part)), [false, false, false, true, false]);
        assert_eq!(all.map(|part| run("a_reply_stops").wants(part)), [true, false, false, false, false]);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(parse("--only").is_err());
        assert!(parse("--only everything").unwrap_err().to_string().contains("everything"));
        assert!(parse("--fast").unwrap_err().to_string().contains("--fast"));
        assert!(!parse("").unwrap().leaves_something_out());
        assert!(parse("--quick").unwrap().leaves_something_out());
    }
}
