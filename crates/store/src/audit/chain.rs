//! The chain that the lines of the audit log are sealed in: each seal covers its line and the seal before it, under a
//! key that is in no database. Who changes, removes or adds a line in the database breaks it. Who cuts off its end, and
//! the memory of that end too, is found out by an [`End`] that was written down elsewhere.
//!
//! Lines are sealed after they were written, in the order in which they are found, by one node at a time: a deed never
//! waits for another one's line.

use crate::{
    Db, Result,
    sql::{binds, int, items, row, rows, run, skip_locked},
};
use domain::ids::WorkspaceId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value, json};

/// What the first seal of a chain stands on.
const START: &str = "";

/// Makes the seal of a text; the same text, the same seal.
pub type Seal<'a> = &'a (dyn Fn(&str) -> String + Send + Sync);

/// The end of a chain: whoever writes it down elsewhere sees later that nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult, serde::Serialize)]
pub struct End {
    /// How many lines are sealed.
    pub number: i64,
    /// The last seal.
    pub hash: String,
}

#[derive(FromQueryResult)]
struct Fact {
    id: String,
    actor: Option<String>,
    action: String,
    subject: Option<String>,
    address: Option<String>,
    data: String,
    at: i64,
}

impl Fact {
    /// Everything that the line says, and where it stands.
    fn text(&self, workspace: &WorkspaceId, number: i64, before: &str) -> String {
        let Self { id, actor, action, subject, address, data, at } = self;
        json!([number, before, workspace, id, actor, action, subject, address, data, at]).to_string()
    }
}

const FACT: &str = "a.id, a.actor, a.action, a.subject, a.address, a.data, a.at";

#[derive(FromQueryResult)]
struct Waiting {
    workspace_id: WorkspaceId,
}

/// Seals lines that wait, at most `limit` of one workspace; how many were sealed.
pub async fn seal(db: &Db, seal: Seal<'_>, limit: i64) -> Result<u64> {
    // What waits for a line that is gone holds up nobody: `verify` tells of it.
    let sql = "select p.workspace_id from audit_pending p join audit a on a.id = p.audit_id order by p.audit_id limit 1";
    let Some(Waiting { workspace_id }) = row(&db.read, sql, binds![]).await? else { return Ok(0) };
    let tx = db.begin().await?;
    let backend = tx.get_database_backend();
    let first = "insert into audit_chains (workspace_id, number, hash) values ($1, 0, $2) on conflict (workspace_id) do nothing";
    run(&tx, first, binds![workspace_id.as_str(), START]).await?;
    let sql = format!(
        "select number, hash from audit_chains where workspace_id = $1{}",
        skip_locked(backend, "audit_chains")
    );
    // Another node is at it.
    let Some(mut end) = row::<End>(&tx, &sql, binds![workspace_id.as_str()]).await? else { return Ok(0) };
    let sql = format!(
        "select {FACT} from audit_pending p join audit a on a.id = p.audit_id where p.workspace_id = $1 order by a.at, a.id limit $2"
    );
    let lines: Vec<Fact> = rows(&tx, &sql, binds![workspace_id.as_str(), limit]).await?;
    let mut seals = Vec::with_capacity(lines.len());
    for line in &lines {
        let number = end.number + 1;
        end = End { number, hash: seal(&line.text(&workspace_id, number, &end.hash)) };
        seals.push(json!({ "id": line.id, "n": number, "h": end.hash }));
    }
    let seals = Value::from(seals).to_string();
    let given = items(backend, 2);
    let sql = format!(
        "insert into audit_seals (workspace_id, number, audit_id, hash)
         select $1, {}, item.value->>'id', item.value->>'h' from {given}",
        int("n")
    );
    run(&tx, &sql, binds![workspace_id.as_str(), seals.as_str()]).await?;
    let done = format!(
        "delete from audit_pending where workspace_id = $1 and audit_id in (select item.value->>'id' from {given})"
    );
    run(&tx, &done, binds![workspace_id.as_str(), seals.as_str()]).await?;
    let sql = "update audit_chains set number = $2, hash = $3 where workspace_id = $1";
    run(&tx, sql, binds![workspace_id.as_str(), end.number, end.hash.as_str()]).await?;
    tx.commit().await?;
    Ok(lines.len() as u64)
}

/// What a look at the whole chain of a workspace found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Verdict {
    /// The end of the chain.
    pub end: End,
    /// Lines that are to be sealed within the next second.
    pub waiting: i64,
    /// What was tampered with, in plain words; the first few findings.
    pub problems: Vec<String>,
}

const MOST_PROBLEMS: usize = 20;
const PAGE: i64 = 500;

#[derive(FromQueryResult)]
struct Link {
    number: i64,
    audit_id: String,
    hash: String,
    actor: Option<String>,
    /// Missing where the line is gone.
    action: Option<String>,
    subject: Option<String>,
    address: Option<String>,
    data: Option<String>,
    at: Option<i64>,
}

/// Looks at every line of a workspace.
pub async fn verify(db: &Db, workspace: &WorkspaceId, seal: Seal<'_>) -> Result<Verdict> {
    // First how long the chain is; it only grows while it is read.
    let sql = "select (select count(*) from audit_pending where workspace_id = $1) as waiting,
            (select count(*) from audit where workspace_id = $1) as lines,
            (select count(*) from audit_pending p where p.workspace_id = $1
               and not exists (select 1 from audit a where a.id = p.audit_id)) as lost,
            coalesce((select number from audit_chains where workspace_id = $1), 0) as number,
            coalesce((select hash from audit_chains where workspace_id = $1), '') as hash";
    let facts: Facts = row(&db.read, sql, binds![workspace.as_str()]).await?.unwrap_or_default();
    let mut problems = Vec::new();
    let mut seen = End { number: 0, hash: START.to_owned() };
    while seen.number < facts.number && problems.len() < MOST_PROBLEMS {
        let links = links(db, workspace, seen.number, facts.number).await?;
        if links.is_empty() {
            let (from, to) = (seen.number + 1, facts.number);
            problems.push(format!("the seals from {from} to {to} are missing: the end was cut off"));
            break;
        }
        for link in links {
            problems.extend(look(&link, workspace, &seen, seal));
            // What follows is judged by what stands there, so that one broken line is one finding.
            seen = End { number: link.number, hash: link.hash };
        }
    }
    if problems.is_empty() && seen.hash != facts.hash {
        problems.push("the chain does not end with its last seal".into());
    }
    if facts.lost > 0 {
        problems.push(format!("{} lines were removed before they could be sealed", facts.lost));
    }
    let unsealed = facts.lines - facts.number - facts.waiting;
    if problems.is_empty() && unsealed > 0 {
        problems
            .push(format!("{unsealed} lines were put into the log past Overture: nothing has sealed them"));
    }
    problems.truncate(MOST_PROBLEMS);
    Ok(Verdict { end: seen, waiting: facts.waiting, problems })
}

#[derive(Default, FromQueryResult)]
struct Facts {
    waiting: i64,
    lines: i64,
    lost: i64,
    number: i64,
    hash: String,
}

async fn links(db: &Db, workspace: &WorkspaceId, after: i64, to: i64) -> Result<Vec<Link>> {
    let sql = "select s.number, s.audit_id, s.hash, a.actor, a.action, a.subject, a.address, a.data, a.at
         from audit_seals s left join audit a on a.id = s.audit_id and a.workspace_id = s.workspace_id
         where s.workspace_id = $1 and s.number > $2 and s.number <= $3 order by s.number limit $4";
    rows(&db.read, sql, binds![workspace.as_str(), after, to, PAGE]).await
}

fn look(link: &Link, workspace: &WorkspaceId, before: &End, seal: Seal<'_>) -> Option<String> {
    let (number, id) = (link.number, &link.audit_id);
    if number != before.number + 1 {
        return Some(format!("the seals from {} to {} are missing", before.number + 1, number - 1));
    }
    let (Some(action), Some(data), Some(at)) = (&link.action, &link.data, link.at) else {
        return Some(format!("line {number} ({id}) is gone"));
    };
    let line = Fact {
        id: id.clone(),
        actor: link.actor.clone(),
        action: action.clone(),
        subject: link.subject.clone(),
        address: link.address.clone(),
        data: data.clone(),
        at,
    };
    (seal(&line.text(workspace, number, &before.hash)) != link.hash)
        .then(|| format!("line {number} ({id}) or its seal was changed"))
}
