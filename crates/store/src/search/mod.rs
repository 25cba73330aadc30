//! The search box: contacts, companies and targets by their words (`domain::search`), through FTS5 on SQLite and full text on
//! PostgreSQL, and what hangs on them.
//!
//! What somebody changes by hand is found as soon as it is committed; what an import wrote, a moment later (`keep_up`).
//! Both databases get the same words and are asked the same question. What may be seen of it is decided by the tables
//! that the words were read from.

mod changes;
mod document;
mod find;
mod messages;
mod newest;
mod spelling;

pub(crate) use changes::{after_import, is_behind};
pub(crate) use document::{forget, write};
pub use find::{
    FoundCampaign, FoundCompany, FoundContact, FoundConversation, FoundTarget, Limits, Results, find,
};
pub use messages::kept as messages_kept;
pub(crate) use messages::{forget as forget_messages, note as note_messages};

use crate::{Db, Result, Scope, sql::Filter};
use domain::search::{asked_words, words};
use sea_orm::{DbBackend, Value};

/// What can be found by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Company,
    Contact,
    Target,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Kind::Company => "company",
            Kind::Contact => "contact",
            Kind::Target => "target",
        }
    }

    const fn letter(self) -> char {
        match self {
            Kind::Company => 'c',
            Kind::Contact => 'p',
            Kind::Target => 't',
        }
    }
}

/// Reads the next slice of what was written, in transactions of their own. Returns whether there is more.
pub async fn keep_up(db: &Db) -> Result<bool> {
    let things = changes::keep_up(db).await?;
    Ok(messages::keep_up(db).await? || things)
}

/// What stands before each word of a workspace's messages: the end of its id, which is random.
fn mark(scope: &Scope) -> String {
    let id = scope.ws();
    id.get(id.len().saturating_sub(5)..).unwrap_or_default().to_owned()
}

/// What stands before each word of a thing: a name that many people have is not looked at to find a company.
fn mark_of(scope: &Scope, kind: Kind) -> String {
    let mut mark = mark(scope);
    mark.push(kind.letter());
    mark
}

/// What is looked for in the index: all of several words, each of which may be one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question(Vec<Vec<Term>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    word: String,
    /// Whether it is the beginning of what is looked for.
    is_begun: bool,
}

impl Question {
    /// The question that a text is: its words, of which the last may only be begun. Of every word, the beginnings would
    /// bring most of a workspace together (`com` of an address) to find a few. `None` where there is not a letter nor a
    /// digit in it.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::begun_with(typed(text))
    }

    /// The same for what is looked for in the texts of messages.
    pub(crate) fn of_texts(text: &str) -> Option<Self> {
        Self::begun_with(asked_words(text))
    }

    fn begun_with(words: Vec<String>) -> Option<Self> {
        let last = words.len();
        let term = |(n, word)| vec![Term { word, is_begun: n + 1 == last }];
        let terms: Vec<_> = words.into_iter().enumerate().map(term).collect();
        (!terms.is_empty()).then_some(Self(terms))
    }

    /// A condition on the words of messages kept in `table`, for a [`crate::sql::Filter`], with its values: for few
    /// messages, of which each is looked at.
    pub(crate) fn in_message(&self, scope: &Scope, backend: DbBackend, table: &str) -> (String, Vec<Value>) {
        self.has(&mark(scope), backend, table)
    }

    /// The same of things of a kind.
    pub(crate) fn in_document(
        &self,
        scope: &Scope,
        backend: DbBackend,
        (kind, table): (Kind, &str),
    ) -> (String, Vec<Value>) {
        self.has(&mark_of(scope, kind), backend, table)
    }

    fn has(&self, mark: &str, backend: DbBackend, table: &str) -> (String, Vec<Value>) {
        if backend != DbBackend::Sqlite {
            return (format!("{table}.vector @@ cast(? as tsquery)"), vec![self.text(mark, backend).into()]);
        }
        let (mut all, mut values) = (Vec::new(), Vec::new());
        for terms in &self.0 {
            let any: Vec<String> =
                terms.iter().map(|_| format!("instr(' ' || {table}.words || ' ', ?) > 0")).collect();
            all.push(format!("({})", any.join(" or ")));
            values.extend(terms.iter().map(|Term { word, is_begun }| {
                let end = if *is_begun { "" } else { " " };
                Value::from(format!(" {mark}{word}{end}"))
            }));
        }
        (format!("({})", all.join(" and ")), values)
    }

    /// The words but the last, and the last, if there are several before one that is only begun: so few have all of those
    /// that each can be looked at, while the beginning alone (`com` of an address) may be that of a word that all have.
    fn parted(&self) -> Option<(Self, Self)> {
        let (last, before) = self.0.split_last()?;
        let is_worth_it = before.len() >= 2 && last.iter().any(|term| term.is_begun);
        is_worth_it.then(|| (Self(before.to_vec()), Self(vec![last.clone()])))
    }

    /// Narrows a filter of the workspace `$1` to those whose id, in `id`, is of a thing that is found.
    pub(crate) fn narrow(
        &self,
        filter: &mut Filter,
        scope: &Scope,
        backend: DbBackend,
        (kind, id): (Kind, &str),
    ) {
        let parts = self.parted();
        let (hits, value) = parts.as_ref().map_or(self, |(before, _)| before).hits(scope, backend, kind);
        filter.and(&format!("{id} in {hits}"), vec![value]);
        if let Some((_, last)) = parts {
            let (has, values) = last.in_document(scope, backend, (kind, "w"));
            let kind = kind.as_str();
            filter.and(
                &format!(
                    "exists (select 1 from search_documents w where w.workspace_id = $1 and w.kind = '{kind}' and w.subject_id = {id} and {has})"
                ),
                values,
            );
        }
    }

    /// As the database asks it. Words hold letters and digits alone: nothing in them means anything to it.
    fn text(&self, mark: &str, backend: DbBackend) -> String {
        let (quote, begun, or, and) = match backend {
            DbBackend::Sqlite => ('"', " *", " OR ", " AND "),
            _ => ('\'', ":*", " | ", " & "),
        };
        let term = |term: &Term| {
            format!("{quote}{mark}{}{quote}{}", term.word, if term.is_begun { begun } else { "" })
        };
        let any = |terms: &Vec<Term>| format!("({})", terms.iter().map(term).collect::<Vec<_>>().join(or));
        self.0.iter().map(any).collect::<Vec<_>>().join(and)
    }

    /// A subquery of the ids of what is found, for a [`crate::sql::Filter`] of the workspace `$1`, with its value.
    pub(crate) fn hits(&self, scope: &Scope, backend: DbBackend, kind: Kind) -> (String, Value) {
        let text = self.text(&mark_of(scope, kind), backend);
        let kind = kind.as_str();
        let sql = match backend {
            // A cross join is done in the order in which it is written: the words first, then what has them.
            DbBackend::Sqlite => format!(
                "(select d.subject_id from search_index cross join search_documents d on d.n = search_index.rowid
                  where search_index match ? and d.workspace_id = $1 and d.kind = '{kind}')"
            ),
            _ => format!("(select search_hits($1, '{kind}', cast(? as tsquery)))"),
        };
        (sql, text.into())
    }
}

/// The words of what somebody typed. A phone number is one, however it is cut.
pub(crate) fn typed(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    if is_number && digits.len() >= 5 { words(&digits) } else { words(text) }
}
