//! What stands on the two contacts themselves.

use super::image::{Filled, Row, text};
use crate::{
    Result, Scope, Tx, contact_set,
    sql::{binds, run},
};
use domain::ids::ContactId;

/// Fields that are filled where the survivor has none. E-mail address and phone go with their keys.
const FILLED: [&str; 10] = [
    "owner_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "company",
    "title",
    "city",
    "country",
    "time_zone",
];

/// The addresses by kind, with the columns that hold them.
const OWN: [(&str, &str, &str); 2] = [("email", "email", "email_key"), ("phone", "phone", "phone")];

/// What the survivor lacks and the other has.
pub(super) fn filled(stays: &Row, goes: &Row) -> Vec<Filled> {
    let mut filled = Vec::new();
    let mut set = |column: &str, value: Option<&str>| {
        let before = text(stays, column).map(str::to_owned);
        filled.push(Filled { column: column.to_owned(), before, value: value.map(str::to_owned) });
    };
    for column in FILLED {
        if text(stays, column).is_none() && text(goes, column).is_some() {
            set(column, text(goes, column));
            match column {
                "email" => set("email_key", text(goes, "email_key")),
                "company" => set("company_id", text(goes, "company_id")),
                _ => {}
            }
        }
    }
    let before = text(stays, "status").unwrap_or_default();
    let after = domain::merge::status(before, text(goes, "status").unwrap_or_default());
    if after != before {
        set("status", Some(after));
    }
    filled
}

/// Gives it to the survivor.
pub(super) async fn fill(
    tx: &Tx,
    scope: &Scope,
    survivor: &ContactId,
    filled: &[Filled],
    now: i64,
) -> Result<()> {
    let mut values = binds![scope.ws(), survivor, now];
    let mut sets = vec!["updated_at = $3".to_owned()];
    for field in filled {
        values.push(field.value.clone().into());
        sets.push(format!("{} = ${}", field.column, values.len()));
    }
    let sql = format!("update contacts set {} where workspace_id = $1 and id = $2", sets.join(", "));
    run(tx, &sql, values).await?;
    contact_set::changed(tx, scope, [survivor.as_str()]).await
}

/// The other's own addresses become further ones of the survivor, where it has its own.
pub(super) async fn keep_own(
    tx: &Tx,
    scope: &Scope,
    survivor: &ContactId,
    stays: &Row,
    goes: &Row,
    now: i64,
) -> Result<Vec<(String, String)>> {
    let mut made = Vec::new();
    for (kind, value, key) in OWN {
        let (Some(own), Some(address), Some(key)) = (text(stays, key), text(goes, value), text(goes, key))
        else {
            continue;
        };
        if own == key {
            continue;
        }
        // Somebody else may have this number as a further one: it stays theirs.
        let sql = "insert into contact_addresses (workspace_id, kind, value, value_key, contact_id, source, created_at)
                   values ($1, $2, $3, $4, $5, 'merge', $6) on conflict do nothing";
        if run(tx, sql, binds![scope.ws(), kind, address, key, survivor, now]).await? == 1 {
            made.push((kind.to_owned(), key.to_owned()));
        }
    }
    Ok(made)
}
