//! Who did what to what, and from where. Append-only: the database itself refuses to change or delete a line, and the
//! lines are sealed in a chain ([`chain`]), so that whoever gets around that is found out.

pub mod chain;

use crate::{
    Db, Result, Scope, Tx,
    sql::{At, Filter, Page, binds, clamp, cursor, new_id, rows, run, split_cursor},
};
use domain::ids::{AuditId, MemberId};
use sea_orm::FromQueryResult;

/// A deed.
pub struct Deed<'a> {
    /// Name of the tool, or what comes closest to one.
    pub action: &'a str,
    /// Id of what it was done to.
    pub subject: &'a str,
    /// From where.
    pub address: Option<&'a str>,
    /// What else is worth knowing; never a secret.
    pub data: &'a serde_json::Value,
}

/// Writes a line in the transaction of the deed itself, where there is one. It is sealed soon after: see [`chain`].
pub async fn write(tx: &Tx, scope: &Scope, deed: Deed<'_>, now: i64) -> Result<()> {
    let actor = scope.member.as_ref().map(|m| m.to_string());
    let id = new_id(AuditId::from_uuid);
    run(
        tx,
        "insert into audit (id, workspace_id, actor, action, subject, address, data, at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        binds![
            id.as_str(),
            scope.ws(),
            actor,
            deed.action,
            deed.subject,
            deed.address,
            deed.data.to_string(),
            now
        ],
    )
    .await?;
    run(tx, "insert into audit_pending (audit_id, workspace_id) values ($1, $2)", binds![id, scope.ws()])
        .await?;
    Ok(())
}

/// A line of the log.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: At,
    /// Who; none is the product itself.
    pub actor: Option<MemberId>,
    /// Their name.
    pub name: Option<String>,
    /// What.
    pub action: String,
    /// To what.
    pub subject: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// What else is known, as JSON.
    pub data: String,
}

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of one member.
    pub actor: Option<MemberId>,
    /// An action, or the noun that actions begin with.
    pub action: Option<String>,
    /// About one thing.
    pub subject: Option<String>,
}

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Line>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = Filter::of(scope, "a.workspace_id");
    if let Some(actor) = &query.actor {
        filter.and("a.actor = ?", binds![actor]);
    }
    if let Some(subject) = &query.subject {
        filter.and("a.subject = ?", binds![subject.as_str()]);
    }
    if let Some(action) = &query.action {
        let noun = format!("{action}_");
        let begins = "(a.action = ? or substr(a.action, 1, length(?)) = ?)";
        filter.and(begins, binds![action.as_str(), noun.as_str(), noun.as_str()]);
    }
    filter.and("(a.at, a.id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!(
        "select a.id, a.at, a.actor, u.name, a.action, a.subject, a.address, a.data
         from audit a left join members m on m.id = a.actor left join users u on u.id = m.user_id
         where {} order by a.at desc, a.id desc limit ${n}",
        filter.sql
    );
    let found: Vec<Line> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |line| cursor(line.at.0, line.id.as_str())))
}
