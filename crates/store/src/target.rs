//! Targets: who is to be researched, by whom, and what became of them.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    search::{self, Kind},
    sql::{
        At, Filter, binds, clamp, contains_as_written, cursor, new_ids, row, rows, run, scalar, split_cursor,
    },
};
use domain::{
    ids::{ContactId, MemberId, TargetId},
    target::State,
};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// Somebody to be researched.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Target {
    /// Id.
    pub id: TargetId,
    /// Member it belongs to.
    pub owner_id: Option<MemberId>,
    /// Name of the person, or of the account.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// E-mail address, where one is known.
    pub email: Option<String>,
    /// Name on Telegram.
    pub telegram: Option<String>,
    /// Name on X, without `@`.
    pub x: Option<String>,
    /// A page about them.
    pub url: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// How far the research is.
    pub state: State,
    /// The contact that it became.
    pub contact_id: Option<ContactId>,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

const COLUMNS: &str =
    "t.id, t.owner_id, t.name, t.company, t.title, t.email, t.telegram, t.x, t.url, t.notes, t.state,
    t.contact_id, t.created_at, t.updated_at";

/// The fields that a member may set, already checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Name.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name on Telegram.
    pub telegram: Option<String>,
    /// Name on X.
    pub x: Option<String>,
    /// A page about them.
    pub url: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// How far the research is; to be researched when new and not given.
    pub state: Option<State>,
}

/// What a list of targets is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Exact state.
    pub state: Option<State>,
    /// Part of a name, company, handle or address.
    pub search: Option<String>,
    /// Those of this member.
    pub owner: Option<MemberId>,
}

impl Query {
    fn filter(&self, scope: &Scope) -> Filter {
        let mut filter = Filter::of(scope, "t.workspace_id");
        filter.own(scope, "t.owner_id");
        if let Some(text) = self.search.as_deref().filter(|text| !text.trim().is_empty()) {
            let columns = ["t.name", "t.company", "t.email", "t.telegram", "t.x"];
            let parts: Vec<String> =
                columns.iter().map(|column| format!("lower({column}) like lower(?) escape '\\'")).collect();
            let values = vec![sea_orm::Value::from(contains_as_written(text)); columns.len()];
            filter.and(&format!("({})", parts.join(" or ")), values);
        }
        if let Some(owner) = &self.owner {
            filter.and("t.owner_id = ?", binds![owner]);
        }
        filter
    }
}

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Target>> {
    let (limit, (_, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = query.filter(scope);
    if let Some(state) = query.state {
        filter.and("t.state = ?", binds![state.as_str()]);
    }
    filter.and("t.id < ?", binds![id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("select {COLUMNS} from targets t where {} order by t.id desc limit ${n}", filter.sql);
    let found: Vec<Target> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |target| cursor(target.created_at.0, target.id.as_str())))
}

/// How many match in each state, whatever state is asked for.
pub async fn counts(db: &Db, scope: &Scope, query: &Query) -> Result<Vec<(State, i64)>> {
    #[derive(FromQueryResult)]
    struct Group {
        state: State,
        targets: i64,
    }
    let filter = query.filter(scope);
    let sql =
        format!("select t.state, count(*) as targets from targets t where {} group by t.state", filter.sql);
    let found: Vec<Group> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(found.into_iter().map(|group| (group.state, group.targets)).collect())
}

/// One.
pub async fn get(db: &Db, scope: &Scope, id: &TargetId) -> Result<Target> {
    let mut filter = Filter::of(scope, "t.workspace_id");
    filter.own(scope, "t.owner_id");
    filter.and("t.id = ?", binds![id]);
    let sql = format!("select {COLUMNS} from targets t where {}", filter.sql);
    row(&db.reader(scope), &sql, filter.values).await?.ok_or(Error::NotFound("target"))
}

/// How many a member has.
pub async fn count(tx: &Tx, scope: &Scope) -> Result<i64> {
    let sql = "select count(*) as value from targets where workspace_id = $1 and coalesce(owner_id, '') = $2";
    let owner = scope.member.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(scalar(tx, sql, binds![scope.ws(), owner]).await?.unwrap_or(0))
}

/// Creates targets of the scope's member. The first is the newest, so that they are listed as they were written.
pub async fn create(tx: &Tx, scope: &Scope, targets: &[Fields], now: i64) -> Result<Vec<TargetId>> {
    let mut ids: Vec<TargetId> = new_ids(TargetId::from_uuid).take(targets.len()).collect();
    ids.reverse();
    for (id, f) in ids.iter().zip(targets) {
        run(
            tx,
            "insert into targets (id, workspace_id, owner_id, name, company, title, email, telegram, x, url, notes, state,
               created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
            binds![
                id,
                scope.ws(),
                scope.member.clone(),
                f.name.as_str(),
                f.company.clone(),
                f.title.clone(),
                f.email.clone(),
                f.telegram.clone(),
                f.x.clone(),
                f.url.clone(),
                f.notes.clone(),
                f.state.unwrap_or(State::ToResearch).as_str(),
                now
            ],
        )
        .await?;
    }
    search::write(tx, scope, Kind::Target, ids.iter().map(TargetId::as_str)).await?;
    Ok(ids)
}

/// Overwrites all fields of a target; the state where one is given, unless it is a contact by now.
pub async fn update(tx: &Tx, scope: &Scope, id: &TargetId, f: &Fields, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update targets set name = $3, company = $4, title = $5, email = $6, telegram = $7, x = $8, url = $9, notes = $10,
           state = case when contact_id is null then coalesce($11, state) else state end, updated_at = $12
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            id,
            f.name.as_str(),
            f.company.clone(),
            f.title.clone(),
            f.email.clone(),
            f.telegram.clone(),
            f.x.clone(),
            f.url.clone(),
            f.notes.clone(),
            f.state.map(|state| state.as_str().to_owned()),
            now
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("target"));
    }
    search::write(tx, scope, Kind::Target, [id.as_str()]).await
}

/// It became this contact. [`Error::Conflict`] if it had become one before.
pub async fn approached(tx: &Tx, scope: &Scope, id: &TargetId, contact: &ContactId, now: i64) -> Result<()> {
    let sql = "update targets set state = 'approached', contact_id = $3, updated_at = $4
               where workspace_id = $1 and id = $2 and contact_id is null";
    match run(tx, sql, binds![scope.ws(), id, contact, now]).await? {
        0 => Err(Error::Conflict("this target is a contact already".into())),
        _ => Ok(()),
    }
}

/// Removes a target; the contact that it became stays.
pub async fn delete(tx: &Tx, scope: &Scope, id: &TargetId) -> Result<()> {
    match run(tx, "delete from targets where workspace_id = $1 and id = $2", binds![scope.ws(), id]).await? {
        0 => Err(Error::NotFound("target")),
        _ => search::forget(tx, scope, Kind::Target, [id.as_str()]).await,
    }
}

#[derive(FromQueryResult)]
struct Gone {
    id: TargetId,
}

/// The person is erased, with what was written down about them before they were a contact.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, contact: &ContactId, addresses: &str) -> Result<u64> {
    let among = crate::sql::listed(sea_orm::ConnectionTrait::get_database_backend(tx), 3);
    let sql = format!(
        "delete from targets where workspace_id = $1 and (contact_id = $2 or lower(email) in {among}) returning id"
    );
    let gone: Vec<Gone> = rows(tx, &sql, binds![scope.ws(), contact, addresses]).await?;
    search::forget(tx, scope, Kind::Target, gone.iter().map(|target| target.id.as_str())).await?;
    Ok(gone.len() as u64)
}
