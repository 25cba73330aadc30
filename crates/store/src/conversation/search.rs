//! Which conversations are meant by words: those in which somebody wrote them, and those with people who are called so.

use super::Conversation;
use crate::{
    Db, Result, Scope,
    search::{Kind, Question},
    sql::{At, Filter, binds, listed, rows, scalar, text_list},
};
use domain::{
    ids::{ConversationId, MessageId},
    search::{asked_words, excerpt},
};
use sea_orm::{DbBackend, FromQueryResult, Value};
use serde::Serialize;
use std::collections::HashMap;

/// Up to so many messages or people with the words are gathered first and their conversations then put in order. Where
/// there are more, the inbox is walked from its top instead, until a page is full: they are met everywhere.
const MANY: i64 = 5_000;
/// So many of the newest messages are looked at to see whether very many have the words. SQLite's index reads all messages
/// with the beginning of a word before it gives the first of them.
const SAMPLE: i64 = 500;
/// Where one of so many of these has them, nobody counts any further.
const OFTEN: i64 = 10;
/// Most letters that are shown of a message that was found.
const EXCERPT: usize = 160;

/// The message by which a conversation was found.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Found {
    /// Id.
    pub message_id: MessageId,
    /// What it says around the first of the words, on one line.
    pub text: String,
    /// When it was written.
    pub at: At,
}

/// What is looked for.
pub(super) struct Sought {
    words: Vec<String>,
    texts: Question,
    people: Option<Question>,
    /// A whole address, normalised.
    address: String,
    are_many: bool,
}

/// How a text is looked for now; `None` where there is no word in it: then nothing is found.
pub(super) async fn sought(
    db: &Db,
    scope: &Scope,
    text: &str,
    address: Option<&str>,
) -> Result<Option<Sought>> {
    let Some(texts) = Question::of_texts(text) else { return Ok(None) };
    let people = Question::of(text);
    let is_often = is_said_often(db, scope, &texts).await?;
    let are_many = is_often || counts_to_many(db, scope, &texts, people.as_ref()).await?;
    let words = asked_words(text);
    Ok(Some(Sought { words, texts, people, address: address.unwrap_or_default().to_owned(), are_many }))
}

/// Whether so many of the newest messages have the words that they are met everywhere. Of other workspaces none has them:
/// there are fewer to be found then, and they are counted.
async fn is_said_often(db: &Db, scope: &Scope, texts: &Question) -> Result<bool> {
    if db.backend() != DbBackend::Sqlite {
        return Ok(false);
    }
    // The end of the table is read, not an index of the workspace.
    let mut filter = Filter::of(scope, "w.workspace_id || ''");
    let (has, values) = texts.in_message(scope, db.backend(), "w");
    filter.and(&has, values);
    let sql = format!(
        "select count(*) as value from message_words w
         where {} and w.n > (select max(newest.n) - {SAMPLE} from message_words newest)",
        filter.sql
    );
    let found: Option<i64> = scalar(&db.reader(scope), &sql, filter.values).await?;
    Ok(found.unwrap_or(0) > SAMPLE / OFTEN)
}

/// Whether more messages or people have the words than are gathered.
async fn counts_to_many(db: &Db, scope: &Scope, texts: &Question, people: Option<&Question>) -> Result<bool> {
    let count = |found: String, n: usize| {
        let found = found.replace('?', &format!("${n}"));
        format!("(select count(*) from (select 1 as one from {found} as h limit {}) as few)", MANY + 1)
    };
    let (threads, asked) = texts.threads(scope, db.backend());
    let mut counts = count(format!("({threads})"), 2);
    let mut values = binds![scope.ws(), asked];
    if let Some(people) = people {
        let (hits, asked) = people.hits(scope, db.backend(), Kind::Contact);
        counts += &format!(" + {}", count(hits, 3));
        values.push(asked);
    }
    let sql = format!("select {counts} as value");
    Ok(scalar::<i64>(&db.reader(scope), &sql, values).await?.unwrap_or(0) > MANY)
}

impl Sought {
    /// Narrows conversations `v` to those that are meant.
    pub(super) fn narrow(&self, filter: &mut Filter, scope: &Scope, backend: DbBackend) {
        let (clause, values) =
            if self.are_many { self.one_by_one(scope, backend) } else { self.gathered(scope, backend) };
        filter.and(&clause, values);
    }

    /// What the workspace is compared with. Where conversations are gathered, no index that begins with it serves: SQLite
    /// would walk over all of the workspace and ask of each whether it is among them.
    pub(super) fn workspace(&self, backend: DbBackend) -> &'static str {
        if backend == DbBackend::Sqlite && !self.are_many { "v.workspace_id || ''" } else { "v.workspace_id" }
    }

    /// The order of the list: of what was gathered, one that no index has, else SQLite walks the inbox for it.
    pub(super) fn last_at(&self) -> &'static str {
        if self.are_many { "v.last_at" } else { "+v.last_at" }
    }

    fn gathered(&self, scope: &Scope, backend: DbBackend) -> (String, Vec<Value>) {
        let (threads, asked) = self.texts.threads(scope, backend);
        let mut clause = format!("v.id in ({threads}");
        let mut values = vec![asked];
        if let Some(people) = &self.people {
            let (hits, asked) = people.hits(scope, backend, Kind::Contact);
            clause += &format!(
                " union all select k.id from conversations k where k.workspace_id = $1 and k.contact_id in {hits}"
            );
            values.push(asked);
        }
        if !self.address.is_empty() {
            clause += " union all select k.id from conversations k join senders s on s.workspace_id = k.workspace_id and s.id = k.sender_id
                        where k.workspace_id = $1 and k.channel = s.channel and k.address_key = ?";
            values.push(self.address.as_str().into());
        }
        (clause + ")", values)
    }

    fn one_by_one(&self, scope: &Scope, backend: DbBackend) -> (String, Vec<Value>) {
        let (has, mut values) = self.texts.in_message(scope, backend, "w");
        let mut clause = format!(
            "(exists (select 1 from message_words w where w.workspace_id = $1 and w.conversation_id = v.id and {has})"
        );
        if let Some(people) = &self.people {
            let (has, asked) = people.in_document(scope, backend, (Kind::Contact, "d"));
            clause += &format!(
                " or exists (select 1 from search_documents d where d.workspace_id = $1 and d.kind = 'contact'
                               and d.subject_id = v.contact_id and {has})"
            );
            values.extend(asked);
        }
        if !self.address.is_empty() {
            clause += " or v.address_key = ?";
            values.push(self.address.as_str().into());
        }
        (clause + ")", values)
    }
}

/// Fills in by which message each was found: the newest that has the words.
pub(super) async fn put_on(
    db: &Db,
    scope: &Scope,
    sought: &Sought,
    conversations: &mut [Conversation],
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Hit {
        conversation_id: ConversationId,
        id: MessageId,
        body: String,
        created_at: At,
    }
    if conversations.is_empty() {
        return Ok(());
    }
    let (has, asked) = sought.texts.in_message(scope, db.backend(), "w");
    let mut filter = Filter::of(scope, "w.workspace_id");
    filter.values.push(text_list(conversations.iter().map(|c| c.id.as_str())).into());
    filter.sql += &format!(" and w.conversation_id in {}", listed(db.backend(), 2));
    filter.and(&has, asked);
    let sql = format!(
        "select m.conversation_id, m.id, m.body, m.created_at
         from (select max(w.message_id) as id from message_words w where {} group by w.conversation_id) as hit
         cross join messages m where m.workspace_id = $1 and m.id = hit.id",
        filter.sql
    );
    let hits: Vec<Hit> = rows(&db.reader(scope), &sql, filter.values).await?;
    let mut hits: HashMap<ConversationId, Hit> =
        hits.into_iter().map(|hit| (hit.conversation_id.clone(), hit)).collect();
    for conversation in conversations {
        conversation.found = hits.remove(&conversation.id).map(|hit| Found {
            message_id: hit.id,
            text: excerpt(&hit.body, &sought.words, EXCERPT),
            at: hit.created_at,
        });
    }
    Ok(())
}
