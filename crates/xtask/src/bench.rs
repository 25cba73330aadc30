//! `cargo xtask bench`: the measurements of the release binary.

use anyhow::Result;

use crate::postgres::{Place, Postgres};
use crate::{demo, postgres, run};

/// Everything there is to measure, on both databases where that makes a difference; or what is named.
pub fn bench(arguments: &[String]) -> Result<()> {
    let program = demo::build_release()?;
    let measure = |words: &[&str]| run::run(run::command(&program, &["bench"]).args(words));
    if !arguments.is_empty() {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        return measure(&words);
    }
    measure(&["start"])?;
    measure(&["import"])?;
    measure(&["people"])?;
    measure(&["send"])?;
    measure(&["smtp"])?;
    measure(&["webhook"])?;
    if postgres::programs().is_none() {
        eprintln!("SKIPPED what is measured on PostgreSQL: it is not installed");
        return Ok(());
    }
    let server = Postgres::start(Place::Disk)?;
    measure(&["people", "--database", &server.url])?;
    measure(&["send", "--database", &server.url])?;
    measure(&["webhook", "--database", &server.url])
}
