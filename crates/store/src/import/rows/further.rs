//! Rows whose e-mail address is a further one of somebody: they meet that contact, and make no other.

use super::{Batch, FOUND, Found, Known, is_among, list};
use crate::{
    Result, Scope, Tx,
    sql::{binds, rows, scalar},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::HashMap;

/// Adds whom the rows meet by further addresses.
pub(super) async fn look(tx: &Tx, scope: &Scope, batch: &Batch, known: &mut Vec<Known>) -> Result<()> {
    let any = "select 1 as value from contact_addresses where workspace_id = $1 and kind = 'email' limit 1";
    if scalar::<i32>(tx, any, binds![scope.ws()]).await?.is_none() {
        return Ok(());
    }
    #[derive(FromQueryResult)]
    struct Address {
        value_key: String,
        contact_id: String,
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "select value_key, contact_id from contact_addresses
         where workspace_id = $1 and kind = 'email' and value_key {} order by value_key",
        is_among(backend, 2)
    );
    let addresses: Vec<Address> = rows(tx, &sql, binds![scope.ws(), list(batch.emails())]).await?;
    if addresses.is_empty() {
        return Ok(());
    }
    let lock = if backend == DbBackend::Sqlite { "" } else { " for update" };
    let sql = format!(
        "select {FOUND} from contacts c where c.workspace_id = $1 and c.id {} order by c.id{lock}",
        is_among(backend, 2)
    );
    let ids = list(addresses.iter().map(|address| address.contact_id.as_str()));
    let mut places: HashMap<String, usize> =
        known.iter().enumerate().map(|(at, contact)| (contact.id.to_string(), at)).collect();
    for found in rows::<Found>(tx, &sql, binds![scope.ws(), ids]).await? {
        if !places.contains_key(found.id.as_str()) {
            places.insert(found.id.to_string(), known.len());
            known.push(found.known(scope));
        }
    }
    for Address { value_key, contact_id } in addresses {
        if let Some(contact) = places.get(&contact_id).and_then(|at| known.get_mut(*at)) {
            contact.further.push(value_key);
        }
    }
    Ok(())
}
