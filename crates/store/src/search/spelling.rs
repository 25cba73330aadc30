//! The words of names that a workspace knows, for those who type one with a mistake. A word that nobody has any more is
//! not known any more: it may have been somebody's name.

use super::{Kind, Question, Term};
use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, listed, rows, run, text_list},
};
use domain::search::{is_close, mistakes};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::BTreeSet;

/// Most names that one mistyped word is taken for.
const CHOICES: usize = 5;

#[derive(FromQueryResult)]
struct Known {
    word: String,
}

/// Remembers words, in their order, so that two who learn at once do not wait for one another.
pub(super) async fn learn(tx: &Tx, scope: &Scope, words: &BTreeSet<String>) -> Result<()> {
    let backend = tx.get_database_backend();
    let from = match backend {
        DbBackend::Sqlite => "(select item.value->>'v' as v from jsonb_each($2) as item)",
        _ => "jsonb_to_recordset(cast($2 as jsonb)) as t(v text)",
    };
    let sql = format!(
        "insert into search_words (workspace_id, word) select $1, v from {from} where true order by v on conflict do nothing"
    );
    run(tx, &sql, binds![scope.ws(), text_list(words)]).await?;
    Ok(())
}

/// Forgets those of these words that nothing has any more.
pub(super) async fn unlearn(tx: &Tx, scope: &Scope, words: &BTreeSet<String>) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "select word from search_words where workspace_id = $1 and word in {} order by word",
        listed(backend, 2)
    );
    let known: Vec<Known> = rows(tx, &sql, binds![scope.ws(), text_list(words)]).await?;
    let mut unknown = Vec::new();
    for Known { word } in known {
        if !is_used(tx, scope, &word).await? {
            unknown.push(word);
        }
    }
    let sql = format!("delete from search_words where workspace_id = $1 and word in {}", listed(backend, 2));
    run(tx, &sql, binds![scope.ws(), text_list(&unknown)]).await?;
    Ok(())
}

async fn is_used(tx: &Tx, scope: &Scope, word: &str) -> Result<bool> {
    let question = Question(vec![vec![Term { word: word.to_owned(), is_begun: false }]]);
    for kind in [Kind::Contact, Kind::Company, Kind::Target] {
        if question.is_met(tx, scope, kind).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The question with the nearest names in place of words that begin nothing. `None` where there are none, or nothing was
/// mistyped.
pub(super) async fn corrected(db: &Db, scope: &Scope, question: &Question) -> Result<Option<Question>> {
    let mut terms = Vec::new();
    let mut is_corrected = false;
    for term in &question.0 {
        let alone = Question(vec![term.clone()]);
        let is_known = alone.is_answered(db, scope, Kind::Contact).await?
            || alone.is_answered(db, scope, Kind::Company).await?
            || alone.is_answered(db, scope, Kind::Target).await?;
        let typed = term.first().map(|term| term.word.as_str()).unwrap_or_default();
        let names = if is_known { Vec::new() } else { near(db, scope, typed).await? };
        if names.is_empty() {
            terms.push(term.clone());
        } else {
            is_corrected = true;
            terms.push(names.into_iter().map(|word| Term { word, is_begun: false }).collect());
        }
    }
    Ok(is_corrected.then_some(Question(terms)))
}

/// Known names that begin so, at most `limit`, in the order of the alphabet.
pub(super) async fn beginning(db: &Db, scope: &Scope, start: &str, limit: i64) -> Result<Vec<String>> {
    let known: Vec<Known> = rows(
        &db.reader(scope),
        "select word from search_words where workspace_id = $1 and word >= $2 and word < $3 order by word limit $4",
        binds![scope.ws(), start, format!("{start}{}", char::MAX), limit],
    )
    .await?;
    Ok(known.into_iter().map(|known| known.word).collect())
}

/// The known names that somebody may have meant, the nearest first.
async fn near(db: &Db, scope: &Scope, typed: &str) -> Result<Vec<String>> {
    let letters = typed.chars().count();
    let allowed = mistakes(letters);
    let Some(first) = typed.chars().next().filter(|_| allowed > 0) else { return Ok(Vec::new()) };
    let Some(next) = char::from_u32(first as u32 + 1) else { return Ok(Vec::new()) };
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let known: Vec<Known> = rows(
        &db.reader(scope),
        "select word from search_words where workspace_id = $1 and word >= $2 and word < $3
           and length(word) between $4 and $5",
        binds![
            scope.ws(),
            first.to_string(),
            next.to_string(),
            length(letters.saturating_sub(allowed)),
            length(letters + allowed)
        ],
    )
    .await?;
    let mut near: Vec<(usize, String)> = known
        .into_iter()
        .filter(|known| is_close(typed, &known.word))
        .map(|known| (domain::search::distance(typed, &known.word), known.word))
        .collect();
    near.sort_unstable();
    near.truncate(CHOICES);
    Ok(near.into_iter().map(|(_, word)| word).collect())
}

impl Question {
    /// What it asks for, for people to read.
    pub(super) fn spelled(&self) -> String {
        let first = self.0.iter().filter_map(|terms| terms.first());
        first.map(|term| term.word.as_str()).collect::<Vec<_>>().join(" ")
    }
}
