//! What is still to be read: an import leaves one line, not one for each contact, and the words follow in slices.

use super::{Kind, document};
use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, new_id, row, rows, run, scalar, skip_locked},
};
use domain::ids::{ImportId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Things that are read in one transaction.
const SLICE: i64 = 1_000;

/// Notes what an import wrote, when it has ended.
pub(crate) async fn after_import(tx: &Tx, scope: &Scope, import: &ImportId) -> Result<()> {
    let notes = [
        // Exclusive: one letter less sorts before.
        (
            "contact",
            "substr(first_contact_id, 1, length(first_contact_id) - 1)",
            "last_contact_id",
            "created > 0 and first_contact_id is not null",
        ),
        ("import", "''", "id", "updated > 0"),
        ("company", "''", "'~'", "created + updated > 0"),
    ];
    for (kind, after, upto, condition) in notes {
        let sql = format!(
            "insert into search_changes (id, workspace_id, kind, after, upto)
             select $3, workspace_id, '{kind}', {after}, {upto} from imports
             where workspace_id = $1 and id = $2 and {condition}"
        );
        run(tx, &sql, binds![scope.ws(), import, new_id(|uuid| uuid.simple().to_string())]).await?;
    }
    Ok(())
}

/// Whether contacts of the workspace are still to be read.
pub(crate) async fn is_behind(db: &Db, scope: &Scope) -> Result<bool> {
    let sql = "select id as value from search_changes where workspace_id = $1 and kind not in ('company', 'target') limit 1";
    Ok(scalar::<String>(&db.reader(scope), sql, binds![scope.ws()]).await?.is_some())
}

#[derive(FromQueryResult)]
struct Change {
    id: String,
    workspace_id: WorkspaceId,
    kind: String,
    after: String,
    upto: String,
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Reads the next slice of what is to be read, in a transaction of its own. Returns whether there is more.
pub(super) async fn keep_up(db: &Db) -> Result<bool> {
    let waiting = "select id as value from search_changes limit 1";
    if scalar::<String>(&db.read, waiting, vec![]).await?.is_none() {
        return Ok(false);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "select x.id, x.workspace_id, x.kind, x.after, x.upto from search_changes x order by x.id limit 1{}",
        skip_locked(tx.get_database_backend(), "x")
    );
    // Another node has it.
    let Some(change) = row::<Change>(&tx, &sql, vec![]).await? else { return Ok(false) };
    let scope = Scope::system(change.workspace_id.clone());
    let slice = slice(&tx, &scope, &change).await?;
    let kind = match change.kind.as_str() {
        "company" => Kind::Company,
        "target" => Kind::Target,
        _ => Kind::Contact,
    };
    document::write_late(&tx, &scope, kind, slice.iter().map(|row| row.id.as_str())).await?;
    match slice.last().filter(|_| slice.len() as i64 == SLICE) {
        Some(last) => {
            let sql = "update search_changes set after = $2 where id = $1";
            run(&tx, sql, binds![change.id, last.id.as_str()]).await?;
        }
        None => {
            run(&tx, "delete from search_changes where id = $1", binds![change.id]).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

async fn slice(tx: &Tx, scope: &Scope, change: &Change) -> Result<Vec<Id>> {
    let sql = match change.kind.as_str() {
        "import" => {
            "select contact_id as id from import_changes
             where workspace_id = $1 and contact_id > $2 and import_id = $3 order by contact_id limit $4"
        }
        // An import makes companies and changes none.
        "company" => {
            "select p.id from companies p where p.workspace_id = $1 and p.id > $2 and p.id <= $3 and not exists
               (select 1 from search_documents d where d.workspace_id = $1 and d.kind = 'company' and d.subject_id = p.id)
             order by p.id limit $4"
        }
        "target" => {
            "select id from targets where workspace_id = $1 and id > $2 and id <= $3 order by id limit $4"
        }
        _ => "select id from contacts where workspace_id = $1 and id > $2 and id <= $3 order by id limit $4",
    };
    rows(tx, sql, binds![scope.ws(), change.after.as_str(), change.upto.as_str(), SLICE]).await
}
