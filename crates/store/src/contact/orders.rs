//! What contacts are sorted by where so many match that not all of them can be read: keys in a table of their own, kept
//! beside the words of the search and read as late as those after an import.
//!
//! A page walks an index of keys in its order and looks at each contact until enough of them match: with more than
//! 10,000 matches these are not far apart. Where all that match lie at the far end of an order, it walks up to there.

use super::Query;
use crate::{
    Db, Result, Scope, Tx,
    search::is_behind,
    sort::{Leg, Place, Walk, Way},
    sql::{Filter, binds, listed, run, scalars},
};
use sea_orm::ConnectionTrait;

use super::list::{Sorted, of_company, of_name};

/// Reads the keys of these contacts anew; `ids` is a [`text_list`](crate::sql::text_list).
pub(crate) async fn write(tx: &Tx, scope: &Scope, ids: &str, is_newest: bool) -> Result<()> {
    let sql = format!(
        "insert into contact_orders (workspace_id, contact_id, name_key, company_key, at)
         select c.workspace_id, c.id, {}, {}, c.updated_at from contacts c
         where c.workspace_id = $1 and c.id in {} order by c.id
         on conflict (workspace_id, contact_id) do update
           set name_key = excluded.name_key, company_key = excluded.company_key, at = excluded.at
           where contact_orders.at <= excluded.at or {is_newest}",
        of_name(),
        of_company(),
        listed(tx.get_database_backend(), 2),
    );
    run(tx, &sql, binds![scope.ws(), ids]).await?;
    Ok(())
}

/// Takes the keys of contacts away that are going.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, ids: &str) -> Result<()> {
    let sql = format!(
        "delete from contact_orders where workspace_id = $1 and contact_id in {}",
        listed(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), ids]).await?;
    Ok(())
}

/// The next `limit` places of those that `query` finds, along an index. `None` where there is none that tells: while
/// contacts of an import are still to be read, and for the best of several scores.
pub(super) async fn walk(
    db: &Db,
    scope: &Scope,
    query: &Query,
    (sorted, way): (Sorted, Way),
    after: Option<&str>,
    limit: i64,
) -> Result<Option<Vec<Place>>> {
    let mut filter = query.walked(scope, db.backend());
    let keyed = "contact_orders o cross join contacts c";
    let same = "o.workspace_id = $1 and c.id = o.contact_id";
    let walk = match sorted {
        Sorted::Changed => Walk {
            keyed: Leg { from: "contacts c", on: String::new(), id: "c.id" },
            key: "c.updated_at",
            is_number: true,
            without: None,
        },
        Sorted::Name | Sorted::Company => {
            if is_behind(db, scope).await? {
                return Ok(None);
            }
            let key = if sorted == Sorted::Name { "o.name_key" } else { "o.company_key" };
            let leg = |condition: &str| Leg {
                from: keyed,
                on: format!("{same} and {key} {condition}"),
                id: "o.contact_id",
            };
            Walk { keyed: leg("is not null"), key, is_number: false, without: Some(leg("is null")) }
        }
        Sorted::Score => {
            let sql =
                "select id as value from icp_profiles where workspace_id = $1 and gone_at is null limit 2";
            let profiles: Vec<String> = scalars(&db.reader(scope), sql, binds![scope.ws()]).await?;
            let [profile] = profiles.as_slice() else { return Ok(None) };
            let n = bind(&mut filter, profile);
            Walk {
                keyed: Leg {
                    from: "icp_scores f cross join contacts c",
                    on: format!("f.workspace_id = $1 and f.profile_id = ${n} and c.id = f.contact_id"),
                    id: "f.contact_id",
                },
                key: "f.score",
                is_number: true,
                without: Some(Leg {
                    from: "contacts c",
                    on: format!(
                        "not exists (select 1 from icp_scores f where f.workspace_id = $1 and f.profile_id = ${n} and f.contact_id = c.id)"
                    ),
                    id: "c.id",
                }),
            }
        }
    };
    Ok(Some(crate::sort::walk(db, scope, walk, filter, way, after, limit).await?))
}

/// Gives a filter a value that is named by its number; PostgreSQL has to be told of each value in every statement.
fn bind(filter: &mut Filter, value: &str) -> usize {
    let n = filter.next();
    filter.and("cast(? as text) is not null", binds![value]);
    n
}
