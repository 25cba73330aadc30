//! Notes: what members say to each other in a conversation. They lie in a table of their own, which nothing that sends
//! ever reads.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, listed, row, rows, run, scalar, text_list},
};
use domain::ids::{ConversationId, MemberId, NoteId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// What a member said to colleagues.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Note {
    /// Id.
    pub id: NoteId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Who said it.
    pub author_id: Option<MemberId>,
    /// Their name.
    pub author_name: Option<String>,
    /// What.
    pub body: String,
    /// Who is mentioned in it.
    #[sea_orm(skip)]
    pub mention_ids: Vec<MemberId>,
    /// When.
    pub created_at: At,
}

const SELECT: &str =
    "select n.id, n.conversation_id, n.author_id, u.name as author_name, n.body, n.created_at
  from notes n join conversations v on v.id = n.conversation_id
    left join members a on a.id = n.author_id left join users u on u.id = a.user_id";

/// Most notes of one conversation that are read.
const MOST: i64 = 500;

/// The notes of a conversation, oldest first.
pub async fn list(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<Vec<Note>> {
    let sql = format!(
        "{SELECT} where n.workspace_id = $1 and n.conversation_id = $2 and {}
         order by n.created_at desc, n.id desc limit {MOST}",
        is_theirs("v.owner_id", 3)
    );
    let mut notes: Vec<Note> =
        rows(&db.reader(scope), &sql, binds![scope.ws(), conversation, scope.whose()]).await?;
    notes.reverse();
    mentioned(db, scope, &mut notes).await?;
    Ok(notes)
}

/// One note.
pub async fn get(db: &Db, scope: &Scope, id: &NoteId) -> Result<Note> {
    let sql = format!("{SELECT} where n.workspace_id = $1 and n.id = $2 and {}", is_theirs("v.owner_id", 3));
    let found: Option<Note> = row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()]).await?;
    let mut found = found.ok_or(Error::NotFound("note"))?;
    mentioned(db, scope, std::slice::from_mut(&mut found)).await?;
    Ok(found)
}

async fn mentioned(db: &Db, scope: &Scope, notes: &mut [Note]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Mention {
        note_id: NoteId,
        member_id: MemberId,
    }
    if notes.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select note_id, member_id from mentions where workspace_id = $1 and note_id in {} order by member_id",
        listed(db.backend(), 2)
    );
    let ids = text_list(notes.iter().map(|note| note.id.as_str()));
    let found: Vec<Mention> = rows(&db.reader(scope), &sql, binds![scope.ws(), ids]).await?;
    for Mention { note_id, member_id } in found {
        if let Some(note) = notes.iter_mut().find(|note| note.id == note_id) {
            note.mention_ids.push(member_id);
        }
    }
    Ok(())
}

/// Writes a note of the scope's member.
pub async fn create(
    tx: &Tx,
    scope: &Scope,
    id: &NoteId,
    conversation: &ConversationId,
    body: &str,
    mentions: &[MemberId],
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into notes (id, workspace_id, conversation_id, author_id, body, created_at) values ($2, $1, $3, $4, $5, $6)",
        binds![scope.ws(), id, conversation, scope.member.clone(), body, now],
    )
    .await?;
    for member in mentions {
        run(
            tx,
            "insert into mentions (workspace_id, member_id, note_id, conversation_id) values ($1, $2, $3, $4)
             on conflict do nothing",
            binds![scope.ws(), member, id, conversation],
        )
        .await?;
    }
    if !mentions.is_empty() {
        crate::notification::mentioned(tx, scope, conversation, mentions, now).await?;
    }
    Ok(())
}

/// Removes a note.
pub async fn delete(tx: &Tx, scope: &Scope, id: &NoteId) -> Result<()> {
    let of = || binds![scope.ws(), id];
    run(tx, "delete from mentions where workspace_id = $1 and note_id = $2", of()).await?;
    match run(tx, "delete from notes where workspace_id = $1 and id = $2", of()).await? {
        0 => Err(Error::NotFound("note")),
        _ => Ok(()),
    }
}

/// The scope's member has seen what they are mentioned in here.
pub async fn seen(tx: &Tx, scope: &Scope, conversation: &ConversationId, now: i64) -> Result<()> {
    let Some(member) = &scope.member else { return Ok(()) };
    let sql = "update mentions set seen_at = $4
               where workspace_id = $1 and member_id = $2 and conversation_id = $3 and seen_at is null";
    run(tx, sql, binds![scope.ws(), member, conversation, now]).await?;
    Ok(())
}

/// Whether the scope's member is mentioned here in a note that they have not seen.
pub async fn waits(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<bool> {
    let Some(member) = &scope.member else { return Ok(false) };
    let sql = "select cast(1 as bigint) as value from mentions
               where workspace_id = $1 and member_id = $2 and conversation_id = $3 and seen_at is null limit 1";
    Ok(scalar::<i64>(&db.reader(scope), sql, binds![scope.ws(), member, conversation]).await?.is_some())
}
