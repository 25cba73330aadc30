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

/// The next `limit` places of those that `query` finds, along an index. `None` while keys of imported contacts are still
/// missing in it.
pub(super) async fn walk(
    db: &Db,
    scope: &Scope,
    query: &Query,
    (sorted, way): (Sorted, Way),
    after: Option<&str>,
    limit: i64,
) -> Result<Option<Vec<Place>>> {
    // What has one word lies together by name, and as an import wrote it.
    let are_scattered = matches!(sorted, Sorted::Company | Sorted::Score);
    let mut filter = query.walked(scope, db.backend(), are_scattered);
    let walk = match sorted {
        Sorted::Changed => Walk {
            keyed: vec![Leg { from: "contacts c".to_owned(), on: String::new(), id: "c.id" }],
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
                from: "contact_orders o cross join contacts c".to_owned(),
                on: format!("o.workspace_id = $1 and c.id = o.contact_id and {key} {condition}"),
                id: "o.contact_id",
            };
            Walk { keyed: vec![leg("is not null")], key, is_number: false, without: Some(leg("is null")) }
        }
        Sorted::Score => {
            let sql = "select id as value from icp_profiles where workspace_id = $1 and gone_at is null order by id";
            let profiles: Vec<String> = scalars(&db.reader(scope), sql, binds![scope.ws()]).await?;
            by_score(&mut filter, &profiles)
        }
    };
    Ok(Some(crate::sort::walk(db, scope, walk, filter, way, after, limit).await?))
}

/// By the best of several scores: the scores by each profile, of whom none fits better.
fn by_score(filter: &mut Filter, profiles: &[String]) -> Walk<'static> {
    let numbers: Vec<usize> = profiles.iter().map(|profile| bind(filter, profile)).collect();
    let among = |numbers: &[usize]| numbers.iter().map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let leg = |(at, n): (usize, &usize)| {
        let mut on = format!("f.workspace_id = $1 and f.profile_id = ${n} and c.id = f.contact_id");
        for (others, than) in [(numbers.get(..at), ">="), (numbers.get(at + 1..), ">")] {
            let Some(others) = others.filter(|others| !others.is_empty()) else { continue };
            on += &format!(
                " and not exists (select 1 from icp_scores g where g.workspace_id = $1 and g.profile_id in ({})
                    and g.contact_id = f.contact_id and g.score {than} f.score)",
                among(others)
            );
        }
        Leg { from: "icp_scores f cross join contacts c".to_owned(), on, id: "f.contact_id" }
    };
    let without = if numbers.is_empty() {
        String::new()
    } else {
        format!(
            "not exists (select 1 from icp_scores f where f.workspace_id = $1 and f.profile_id in ({}) and f.contact_id = c.id)",
            among(&numbers)
        )
    };
    Walk {
        keyed: numbers.iter().enumerate().map(leg).collect(),
        key: "f.score",
        is_number: true,
        without: Some(Leg { from: "contacts c".to_owned(), on: without, id: "c.id" }),
    }
}

/// Gives a filter a value that is named by its number; PostgreSQL has to be told of each value in every statement.
fn bind(filter: &mut Filter, value: &str) -> usize {
    let n = filter.next();
    filter.and("cast(? as text) is not null", binds![value]);
    n
}
