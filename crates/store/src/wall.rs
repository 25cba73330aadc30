//! The second wall on PostgreSQL: row-level security behind every statement that a member causes.
//!
//! The first wall is [`Scope`], which every statement on tenant data takes. Should one of them forget to filter by it,
//! the database itself still shows and takes rows of that workspace alone: what a member asks runs on connections whose
//! role, [`ROLE`], owns nothing, may not log in, is no superuser and cannot bypass the policies, in a transaction that
//! names the workspace. Without a name nothing is there. The product's own loops work across workspaces, as the owner of
//! the tables. SQLite has no such thing.

use crate::{Db, Result, Scope, Tx, error::Error, sql::scalar};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

/// The role of members' connections.
pub(crate) const ROLE: &str = "overture_app";

/// Creates the role where it is missing and may be created.
const CREATE_ROLE: &str = "do $$ begin
  if not exists (select from pg_roles where rolname = 'overture_app') then
    create role overture_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  if not pg_has_role(current_user, 'overture_app', 'member') then
    execute format('grant overture_app to %I', current_user);
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null; end $$";

/// Policies and rights for every table of tenant data that has none yet. What is nobody's (users, steps of the schema)
/// has no policy; values of the installation are not for members.
const RAISE: &str = "do $$ declare t record; begin
  execute format('grant usage on schema %I to overture_app', current_schema());
  for t in
    select c.relname as name, c.relrowsecurity as is_on,
      case when c.relname = 'workspaces' then 'id' when w.attname is not null then 'workspace_id' end as of_workspace,
      exists (select from pg_policies p where p.schemaname = current_schema() and p.tablename = c.relname
                and p.policyname = 'own_workspace') as has_policy,
      has_table_privilege('overture_app', c.oid, 'delete') as has_rights
    from pg_class c left join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id' and not w.attisdropped
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname not in ('instance', 'schema_steps')
    order by c.relname
  loop
    if t.of_workspace is not null and not t.is_on then
      execute format('alter table %I enable row level security', t.name);
    end if;
    if t.of_workspace is not null and not t.has_policy then
      execute format('create policy own_workspace on %I to overture_app
        using (%I = (select current_setting(''overture.workspace'', true)))
        with check (%I = (select current_setting(''overture.workspace'', true)))', t.name, t.of_workspace, t.of_workspace);
    end if;
    if not t.has_rights then
      execute format('grant select, insert, update, delete on %I to overture_app', t.name);
    end if;
  end loop;
end $$";

/// Raises the wall, in the transaction that brings the schema up to date. `false` where the role is missing and may not
/// be created.
pub(crate) async fn raise(tx: &Tx) -> Result<bool> {
    tx.execute_unprepared(CREATE_ROLE).await?;
    let standing: Option<String> = scalar(
        tx,
        "select case when r.rolsuper or r.rolbypassrls then 'weak'
                     when pg_has_role(current_user, r.oid, 'member') then 'ready' else 'foreign' end as value
         from pg_roles r where r.rolname = 'overture_app'",
        vec![],
    )
    .await?;
    match standing.as_deref() {
        Some("ready") => {
            tx.execute_unprepared(RAISE).await?;
            Ok(true)
        }
        Some("weak") => Err(Error::Unusable(format!(
            "the PostgreSQL role {ROLE} may bypass row-level security. Take that from it: alter role {ROLE} nosuperuser nobypassrls"
        ))),
        _ => Ok(false),
    }
}

/// Names the workspace for the rest of the transaction.
async fn name(tx: &Tx, scope: &Scope) -> Result<(), DbErr> {
    let workspace = scope.ws();
    // Ids are letters, digits and one underscore; nothing else gets into the text of a statement.
    if !workspace.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(DbErr::Custom("a workspace id of an unknown form".into()));
    }
    tx.execute_unprepared(&format!("set local overture.workspace = '{workspace}'")).await?;
    Ok(())
}

/// Reads for a scope.
pub(crate) struct Reader<'a> {
    plain: &'a DatabaseConnection,
    walled: Option<(&'a DatabaseConnection, &'a Scope)>,
}

impl Db {
    /// Where a scope reads: behind the wall, if a member asks and there is one.
    pub(crate) fn reader<'a>(&'a self, scope: &'a Scope) -> Reader<'a> {
        let walled = self.walled.as_ref().filter(|_| scope.member.is_some()).map(|walled| (walled, scope));
        Reader { plain: &self.read, walled }
    }

    /// Begins a write transaction for a scope: behind the wall, if a member asks and there is one.
    pub async fn begin_for(&self, scope: &Scope) -> Result<Tx> {
        match self.walled.as_ref().filter(|_| scope.member.is_some()) {
            None => self.begin().await,
            Some(walled) => Ok(Reader::enter(walled, scope).await?),
        }
    }
}

impl Reader<'_> {
    async fn enter(walled: &DatabaseConnection, scope: &Scope) -> Result<Tx, DbErr> {
        let tx = walled.begin().await?;
        name(&tx, scope).await?;
        Ok(tx)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.plain.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some((walled, scope)) = self.walled else { return self.plain.execute_raw(statement).await };
        let tx = Self::enter(walled, scope).await?;
        let done = tx.execute_raw(statement).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let Some((walled, scope)) = self.walled else { return self.plain.execute_unprepared(sql).await };
        let tx = Self::enter(walled, scope).await?;
        let done = tx.execute_unprepared(sql).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let Some((walled, scope)) = self.walled else { return self.plain.query_one_raw(statement).await };
        let tx = Self::enter(walled, scope).await?;
        let found = tx.query_one_raw(statement).await?;
        tx.commit().await?;
        Ok(found)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some((walled, scope)) = self.walled else { return self.plain.query_all_raw(statement).await };
        let tx = Self::enter(walled, scope).await?;
        let found = tx.query_all_raw(statement).await?;
        tx.commit().await?;
        Ok(found)
    }
}
