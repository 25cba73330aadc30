//! Segments: what a rule means in SQL, and who is in a segment now.
//!
//! What is in a segment is stored, so that a page of it is as cheap as one of a list. It is kept up in two ways: each
//! contact of which something changed is asked again, at most a moment later; and after a new rule, an import or as
//! time passes, all contacts are walked in slices, each a short transaction. Whoever computes holds the rows of the
//! segments meanwhile, so that an older answer is never written over a newer one.

use crate::{
    Db, Result, Scope, Tx, custom_field,
    error::Error,
    event::{self, NewEvent},
    icp::{self, Scorer},
    sql::{binds, contains, contains_as_written, listed, row, rows, run, scalar, text_list},
};
use domain::{
    custom_field::{FieldKind, days, key},
    ids::WorkspaceId,
    schedule,
    segment::{CUSTOM, FIELDS, Op, Rule, SCORE},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Contacts that are walked in one transaction.
const SLICE: i64 = 5_000;
/// Changed contacts that are asked in one transaction.
const BATCH: i64 = 2_000;
/// How often a segment that depends on time is walked, in milliseconds.
const EVERY_MS: i64 = 15 * 60_000;
const DAY_MS: i64 = 86_400_000;

/// A rule as a condition on `contacts c` of the workspace `$1`, with `?` for each value.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

/// What the meaning of a rule depends on.
struct Meaning {
    /// Custom fields by key.
    custom: BTreeMap<String, (String, FieldKind)>,
    /// That of the workspace, whose days are meant.
    zone: String,
    now: i64,
}

/// What a rule means now. One that asks for a custom field that is gone is [`Error::NotFound`].
pub async fn compile(db: &Db, scope: &Scope, rule: &Rule, now: i64) -> Result<Clause> {
    meaning(&db.reader(scope), scope, now).await?.clause(rule)
}

async fn meaning(conn: &impl ConnectionTrait, scope: &Scope, now: i64) -> Result<Meaning> {
    let fields = custom_field::list_in(conn, scope).await?;
    let zone: Option<String> =
        scalar(conn, "select time_zone as value from workspaces where id = $1", binds![scope.ws()]).await?;
    Ok(Meaning {
        custom: fields.into_iter().map(|f| (f.key, (f.id.to_string(), f.kind))).collect(),
        zone: zone.unwrap_or_default(),
        now,
    })
}

impl Meaning {
    fn clause(&self, rule: &Rule) -> Result<Clause> {
        let mut values = Vec::new();
        let sql = self.write(rule, &mut values)?;
        Ok(Clause { sql, values })
    }

    /// Every part is either true or false, never null, so that `not` is its opposite.
    fn write(&self, rule: &Rule, values: &mut Vec<Value>) -> Result<String> {
        let mut several = |rules: &[Rule], word: &str, none: &str| -> Result<String> {
            let parts: Vec<String> =
                rules.iter().map(|rule| self.write(rule, values)).collect::<Result<_>>()?;
            Ok(if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(word)) })
        };
        Ok(match rule {
            Rule::All { all } => several(all, " and ", "(1 = 1)")?,
            Rule::Any { any } => several(any, " or ", "(1 = 0)")?,
            Rule::Not { not } => format!("(not {})", self.write(not, values)?),
            Rule::In { set_id: set } => {
                values.push(set.as_str().into());
                "(c.id in (select m.contact_id from set_members m where m.workspace_id = $1 and m.set_id = ?))".into()
            }
            Rule::Event { event, campaign_id, within_days } => {
                let campaign = match campaign_id {
                    Some(id) => {
                        values.push(id.as_str().into());
                        "e.campaign_id = ?"
                    }
                    None => "e.campaign_id in (select p.id from campaigns p where p.workspace_id = $1)",
                };
                values.push(event.as_str().into());
                let since = match within_days {
                    Some(days) => {
                        values.push((self.now - days * DAY_MS).into());
                        " and e.at >= ?"
                    }
                    None => "",
                };
                format!(
                    "(c.id in (select e.contact_id from events e where e.workspace_id = $1 and {campaign} and e.kind = ?{since}
                       and e.contact_id is not null))"
                )
            }
            Rule::Field { field, op, value } => {
                let value = value.as_deref().unwrap_or("").trim();
                match field.strip_prefix(CUSTOM) {
                    Some(key) => {
                        let (id, kind) = self.custom.get(key).ok_or(Error::NotFound("custom field"))?;
                        self.custom_field(id, *kind, *op, value, values)
                    }
                    None => self.field(field, *op, value, values)?,
                }
            }
        })
    }

    fn field(&self, name: &str, op: Op, value: &str, values: &mut Vec<Value>) -> Result<String> {
        if name == SCORE {
            return Ok(self.score(op, value, values));
        }
        // From the table, so that nothing a caller writes gets into a statement.
        let (name, kind) = FIELDS.iter().find(|(known, _)| *known == name).ok_or(Error::NotFound("field"))?;
        if *kind == FieldKind::Date {
            return Ok(self.instant(name, op, value, values));
        }
        let (column, folded) = match *name {
            "email" => ("c.email_key", "c.email_key".to_owned()),
            "phone" | "owner_id" => (*name, format!("c.{name}")),
            _ => (*name, format!("lower(c.{name})")),
        };
        let column = if column.contains('.') { column.to_owned() } else { format!("c.{column}") };
        // Both sides folded by the database, for what one folds the other must fold as well.
        let (wanted, place) = match *name {
            "owner_id" | "phone" => (value.to_owned(), "?"),
            "email" => (value.to_lowercase(), "?"),
            _ => (value.to_owned(), "lower(?)"),
        };
        let like = contains_as_written(&wanted);
        let mut compare = |text: String, operator: &str| {
            values.push(text.into());
            format!("{column} is not null and {folded} {operator} {place}")
        };
        Ok(match op {
            Op::Exists => format!("({column} is not null)"),
            Op::Missing => format!("({column} is null)"),
            Op::Is => format!("({})", compare(wanted, "=")),
            Op::IsNot => format!("(not ({}))", compare(wanted, "=")),
            Op::StartsWith => format!("({} escape '\\')", compare(like[1..].to_owned(), "like")),
            _ => format!("({} escape '\\')", compare(like, "like")),
        })
    }

    /// The score by the default profile of the workspace.
    fn score(&self, op: Op, value: &str, values: &mut Vec<Value>) -> String {
        let comparison = match op {
            Op::MoreThan => " and s.score > ?",
            Op::LessThan => " and s.score < ?",
            Op::Is | Op::IsNot => " and s.score = ?",
            _ => "",
        };
        if !comparison.is_empty() {
            values.push(value.parse::<f64>().unwrap_or_default().into());
        }
        let not = if matches!(op, Op::IsNot | Op::Missing) { " not" } else { "" };
        format!(
            "(c.id{not} in (select s.contact_id from icp_scores s join icp_profiles i on i.id = s.profile_id and i.is_default = 1
               where s.workspace_id = $1 and i.workspace_id = $1{comparison}))"
        )
    }

    /// Days begin at midnight where the workspace is.
    fn instant(&self, column: &str, op: Op, value: &str, values: &mut Vec<Value>) -> String {
        let zone = schedule::zone_for(None, None, &self.zone);
        let start = |text: &str, more: i64| schedule::day_start(&zone, text, more).unwrap_or(self.now);
        let mut between = |from: Option<i64>, upto: Option<i64>| {
            let mut parts = Vec::new();
            if let Some(from) = from {
                values.push(from.into());
                parts.push(format!("c.{column} >= ?"));
            }
            if let Some(upto) = upto {
                values.push(upto.into());
                parts.push(format!("c.{column} < ?"));
            }
            format!("({})", parts.join(" and "))
        };
        match op {
            Op::Before => between(None, Some(start(value, 0))),
            Op::After => between(Some(start(value, 1)), None),
            Op::Is => between(Some(start(value, 0)), Some(start(value, 1))),
            Op::IsNot => format!("(not {})", between(Some(start(value, 0)), Some(start(value, 1)))),
            Op::WithinDays => {
                let today = schedule::day_of(&zone, self.now);
                let back = value.parse::<i64>().unwrap_or(1);
                between(Some(start(&today, 1 - back)), None)
            }
            Op::Missing => "(1 = 0)".into(),
            _ => "(1 = 1)".into(),
        }
    }

    fn custom_field(
        &self,
        id: &str,
        kind: FieldKind,
        op: Op,
        value: &str,
        values: &mut Vec<Value>,
    ) -> String {
        values.push(id.into());
        let mut with = |value: Value, comparison: &str| {
            values.push(value);
            format!(" and v.{comparison}")
        };
        let is_ordered = matches!(kind, FieldKind::Number | FieldKind::Date | FieldKind::Boolean);
        let number = || match kind {
            FieldKind::Number => value.parse::<f64>().unwrap_or_default(),
            FieldKind::Boolean => f64::from(u8::from(matches!(key(value).as_str(), "true" | "yes" | "1"))),
            _ => days(value).unwrap_or_default(),
        };
        let comparison = match op {
            Op::Exists | Op::Missing => String::new(),
            Op::Is | Op::IsNot if is_ordered => with(number().into(), "number = ?"),
            Op::Is | Op::IsNot => with(key(value).into(), "value_key = ?"),
            Op::Contains => with(contains(value).into(), "value_key like ? escape '\\'"),
            Op::StartsWith => with(contains(value)[1..].to_owned().into(), "value_key like ? escape '\\'"),
            Op::MoreThan | Op::After => with(number().into(), "number > ?"),
            Op::LessThan | Op::Before => with(number().into(), "number < ?"),
            Op::WithinDays => {
                let zone = schedule::zone_for(None, None, &self.zone);
                let today = days(&schedule::day_of(&zone, self.now)).unwrap_or_default();
                let back = value.parse::<i32>().unwrap_or(1);
                values.push((today - f64::from(back)).into());
                values.push(today.into());
                " and v.number > ? and v.number <= ?".into()
            }
        };
        let not = if matches!(op, Op::IsNot | Op::Missing) { " not" } else { "" };
        format!(
            "(c.id{not} in (select v.contact_id from custom_values v where v.workspace_id = $1 and v.field_id = ?{comparison}))"
        )
    }
}

/// Sets another rule: everybody is asked anew.
pub async fn set_rule(tx: &Tx, scope: &Scope, id: &str, rule: &str, now: i64) -> Result<()> {
    let sql =
        "update contact_sets set rule = $3, walk_after = '', ready_at = null, due_at = null, updated_at = $4
               where workspace_id = $1 and kind = 'segment' and id = $2";
    match run(tx, sql, binds![scope.ws(), id, rule, now]).await? {
        0 => Err(Error::NotFound("segment")),
        _ => Ok(()),
    }
}

/// The segments whose rule asks for a custom field, by key, or for a tag or list, by id: their names.
pub async fn that_name(tx: &Tx, scope: &Scope, what: &str) -> Result<Vec<String>> {
    let all = of_workspace(tx, scope).await?;
    let names =
        |segment: &Segment| serde_json::from_str::<Rule>(&segment.rule).is_ok_and(|rule| rule.names(what));
    Ok(all.into_iter().filter(names).map(|segment| segment.name).collect())
}

/// All contacts of the workspace are asked again, after many changed at once.
pub async fn walk_all(tx: &Tx, scope: &Scope) -> Result<()> {
    let sql = "update contact_sets set walk_after = '' where workspace_id = $1 and kind = 'segment'";
    run(tx, sql, binds![scope.ws()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Segment {
    id: String,
    name: String,
    rule: String,
    ready_at: Option<i64>,
}

async fn of_workspace(tx: &Tx, scope: &Scope) -> Result<Vec<Segment>> {
    let lock = lock(tx, "");
    let sql = format!(
        "select id, name, rule, ready_at from contact_sets
         where workspace_id = $1 and kind = 'segment' and rule is not null order by id{lock}"
    );
    rows(tx, &sql, binds![scope.ws()]).await
}

pub(crate) fn lock(tx: &Tx, more: &str) -> String {
    match tx.get_database_backend() {
        DbBackend::Sqlite => String::new(),
        _ => format!(" for no key update{more}"),
    }
}

/// Which contacts are asked: those of the values behind `$1`, as a condition on a column.
pub(crate) enum Who {
    These(Vec<String>),
    /// Behind the first, up to and with the second.
    Between(String, String),
}

impl Who {
    pub(crate) fn condition(&self, backend: DbBackend, column: &str, n: usize) -> String {
        match self {
            Who::These(_) => format!("{column} in {}", listed(backend, n)),
            Who::Between(..) => format!("{column} > ${n} and {column} <= ${}", n + 1),
        }
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        match self {
            Who::These(ids) => binds![text_list(ids)],
            Who::Between(after, upto) => binds![after.as_str(), upto.as_str()],
        }
    }
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Asks some contacts whether they are in a segment, and writes it. Returns whether anything changed.
async fn ask(tx: &Tx, scope: &Scope, segment: &Segment, meaning: &Meaning, who: &Who) -> Result<bool> {
    let backend = tx.get_database_backend();
    let rule: Rule = serde_json::from_str(&segment.rule)?;
    let mut filter = crate::sql::Filter::of(scope, "c.workspace_id");
    let chosen = who.condition(backend, "c.id", filter.next());
    filter.sql += &format!(" and {chosen}");
    filter.values.extend(who.values());
    let clause = meaning.clause(&rule)?;
    filter.and(&clause.sql, clause.values);
    let sql = format!("select c.id from contacts c where {}", filter.sql);
    let matched: BTreeSet<String> =
        rows::<Id>(tx, &sql, filter.values).await?.into_iter().map(|row| row.id).collect();
    let sql = format!(
        "select m.contact_id as id from set_members m where m.workspace_id = $1 and m.set_id = $2 and {}",
        who.condition(backend, "m.contact_id", 3)
    );
    let mut values = binds![scope.ws(), segment.id.as_str()];
    values.extend(who.values());
    let present: BTreeSet<String> =
        rows::<Id>(tx, &sql, values).await?.into_iter().map(|row| row.id).collect();
    let entered: Vec<&String> = matched.difference(&present).collect();
    let left: Vec<&String> = present.difference(&matched).collect();
    if entered.is_empty() && left.is_empty() {
        return Ok(false);
    }
    let now = meaning.now;
    let sql = format!(
        "insert into set_members (workspace_id, set_id, contact_id, at)
         select $1, $2, x.v, $4 from {} x where true on conflict do nothing",
        listed_as_v(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), segment.id.as_str(), text_list(&entered), now]).await?;
    let sql = format!(
        "delete from set_members where workspace_id = $1 and set_id = $2 and contact_id in {}",
        listed(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), segment.id.as_str(), text_list(&left)]).await?;
    if segment.ready_at.is_some() {
        let fact = |kind: &'static str, contact: &&String| NewEvent {
            kind,
            contact_id: Some((*contact).clone()),
            data: Some(segment.name.clone()),
            ..NewEvent::default()
        };
        let facts = entered.iter().map(|c| fact("segment_entered", c));
        let facts: Vec<NewEvent> = facts.chain(left.iter().map(|c| fact("segment_left", c))).collect();
        event::write_quietly(tx, scope, &facts, now).await?;
    }
    Ok(true)
}

/// The texts of a list in `$n` as rows with a column `v`.
fn listed_as_v(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Sqlite => format!("(select item.value->>'v' as v from jsonb_each(${n}) as item)"),
        _ => format!("(select t.v from jsonb_to_recordset(cast(${n} as jsonb)) as t(v text))"),
    }
}

/// What a round of work did.
#[derive(Debug, Default)]
pub struct Round {
    /// Workspaces in which somebody entered or left, or a segment is ready.
    pub changed: Vec<WorkspaceId>,
    /// Whether there is more to do at once. A few people who change all the time are no reason: they are asked together
    /// in the next round, so that whoever sends does not wait for a transaction about each of them.
    pub is_more: bool,
}

/// One round of short transactions: some changed contacts, and one slice of a walk.
pub async fn keep_up(db: &Db, now: i64) -> Result<Round> {
    let due =
        "update contact_sets set walk_after = '', due_at = null where due_at <= $1 and walk_after is null";
    if scalar::<String>(
        &db.read,
        "select id as value from contact_sets where due_at <= $1 limit 1",
        binds![now],
    )
    .await?
    .is_some()
    {
        let tx = db.begin().await?;
        run(&tx, due, binds![now]).await?;
        tx.commit().await?;
    }
    let mut round = Round::default();
    let waiting = "select workspace_id as value from changed_contacts order by id limit 1";
    if let Some(workspace) = scalar::<WorkspaceId>(&db.read, waiting, vec![]).await? {
        let scope = Scope::system(workspace);
        let (has_changed, is_full) = ask_changed(db, &scope, now).await?;
        // Two looks into the index, however many wait.
        let others =
            "select 'yes' as value where exists (select 1 from changed_contacts where workspace_id < $1)
                        or exists (select 1 from changed_contacts where workspace_id > $1)";
        let has_others = scalar::<String>(&db.read, others, binds![scope.ws()]).await?.is_some();
        round.is_more = is_full || has_others;
        round.changed.extend(has_changed.then_some(scope.workspace));
    }
    if let Some(workspace) = icp::walk(db, now).await? {
        round.is_more = true;
        round.changed.push(workspace);
    }
    if let Some((workspace, has_changed)) = walk(db, now).await? {
        round.is_more = true;
        round.changed.extend(has_changed.then_some(workspace));
    }
    Ok(round)
}

/// Asks the contacts of which something changed. Returns whether anybody entered or left, and whether more may wait.
async fn ask_changed(db: &Db, scope: &Scope, now: i64) -> Result<(bool, bool)> {
    let tx = db.begin().await?;
    // Before the list is read: whoever computes is alone.
    let scorer = Scorer::hold(&tx, scope).await?;
    let segments = of_workspace(&tx, scope).await?;
    let taken: Vec<Id> = rows(
        &tx,
        "delete from changed_contacts where id in
           (select id from changed_contacts where workspace_id = $1 order by id limit $2)
         returning contact_id as id",
        binds![scope.ws(), BATCH],
    )
    .await?;
    let is_full = taken.len() as i64 == BATCH;
    let ids: BTreeSet<String> = taken.into_iter().map(|row| row.id).collect();
    let who = Who::These(ids.into_iter().collect());
    // A rule may ask for a score.
    let mut has_changed = scorer.score(&tx, scope, &who, now).await?;
    let meaning = meaning(&tx, scope, now).await?;
    for segment in &segments {
        has_changed |= ask(&tx, scope, segment, &meaning, &who).await?;
    }
    tx.commit().await?;
    Ok((has_changed, is_full))
}

/// Asks the next contacts of a segment that is computed anew.
async fn walk(db: &Db, now: i64) -> Result<Option<(WorkspaceId, bool)>> {
    #[derive(FromQueryResult)]
    struct Walk {
        id: String,
        workspace_id: WorkspaceId,
        name: String,
        rule: String,
        ready_at: Option<i64>,
        walk_after: String,
    }
    let pending = "select id as value from contact_sets where walk_after is not null limit 1";
    if scalar::<String>(&db.read, pending, vec![]).await?.is_none() {
        return Ok(None);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "select id, workspace_id, name, rule, ready_at, walk_after from contact_sets
         where walk_after is not null order by id limit 1{}",
        lock(&tx, " skip locked")
    );
    let Some(found) = row::<Walk>(&tx, &sql, vec![]).await? else { return Ok(None) };
    let scope = Scope::system(found.workspace_id.clone());
    let sql = "select c.id from contacts c where c.workspace_id = $1 and c.id > $2 order by c.id limit $3";
    let slice: Vec<Id> = rows(&tx, sql, binds![scope.ws(), found.walk_after.as_str(), SLICE]).await?;
    let is_last = (slice.len() as i64) < SLICE;
    // Behind the last contact there may be ids of some that are gone.
    let upto =
        if is_last { "~".to_owned() } else { slice.last().map(|row| row.id.clone()).unwrap_or_default() };
    let segment = Segment { id: found.id, name: found.name, rule: found.rule, ready_at: found.ready_at };
    let meaning = meaning(&tx, &scope, now).await?;
    let who = Who::Between(found.walk_after, upto.clone());
    let has_changed = ask(&tx, &scope, &segment, &meaning, &who).await?;
    let depends = serde_json::from_str::<Rule>(&segment.rule)?.depends_on_time();
    run(
        &tx,
        "update contact_sets set walk_after = cast($3 as text), ready_at = case when cast($3 as text) is null then coalesce(ready_at, $4) else ready_at end,
           due_at = cast($5 as bigint) where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            segment.id.as_str(),
            (!is_last).then_some(upto),
            now,
            (is_last && depends).then_some(now + EVERY_MS)
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Some((scope.workspace, has_changed || is_last)))
}
