//! The statements of a chunk on SQLite, row by row on the writing thread (see [`sqlite`](crate::sqlite)).

use super::{Batch, COLUMNS, Known, Memory, New, Row as Created, Span, cells};
use crate::{Scope, contact::Fields, sql::new_ids};
use domain::{
    Channel,
    ids::{ContactId, MemberId},
    import::MatchBy,
};
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params, types::Type};
use std::collections::HashSet;

/// The contacts that the rows meet.
pub(super) fn look(connection: &Connection, scope: &Scope, batch: &Batch, by: MatchBy) -> Result<Vec<Known>> {
    let mut known = Vec::new();
    // In the order of the index: each page of it is looked at once.
    find(&mut known, connection, "email_key", scope, batch.emails())?;
    let mut phones: Vec<&str> = batch.phones(by).collect();
    if !phones.is_empty() {
        phones.sort_unstable();
        phones.dedup();
        let mut by_phone = Vec::new();
        find(&mut by_phone, connection, "phone", scope, phones.into_iter())?;
        let seen: HashSet<ContactId> = known.iter().map(|contact| contact.id.clone()).collect();
        known.extend(by_phone.into_iter().filter(|contact| !seen.contains(&contact.id)));
    }
    Ok(known)
}

fn find<'a>(
    known: &mut Vec<Known>,
    connection: &Connection,
    column: &str,
    scope: &Scope,
    keys: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(&format!(
        "select id, email, email_key, phone, first_name, last_name, company, title, city, country, time_zone, owner_id
         from contacts where workspace_id = ?1 and {column} = ?2"
    ))?;
    statement.raw_bind_parameter(1, scope.workspace.as_str())?;
    for key in keys {
        statement.raw_bind_parameter(2, key)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            known.push(contact(row, scope)?);
        }
    }
    Ok(())
}

fn contact(row: &Row<'_>, scope: &Scope) -> Result<Known> {
    let id = row.get_ref(0)?.as_str()?.parse::<ContactId>();
    let id = id.map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))?;
    let owner: Option<String> = row.get(11)?;
    Ok(Known {
        is_visible: scope.may_see(owner.as_deref()),
        id,
        fields: Fields {
            email: row.get(1)?,
            email_key: row.get(2)?,
            phone: row.get(3)?,
            first_name: row.get(4)?,
            last_name: row.get(5)?,
            company: row.get(6)?,
            title: row.get(7)?,
            city: row.get(8)?,
            country: row.get(9)?,
            time_zone: row.get(10)?,
            status: None,
        },
        further: Vec::new(),
        custom: Vec::new(),
    })
}

/// How many rows have an address that is suppressed on some channel.
pub(super) fn suppressed(connection: &Connection, scope: &Scope, batch: &Batch) -> Result<i64> {
    let workspace = scope.workspace.as_str();
    let any = "select 1 from suppressions where workspace_id = ?1 limit 1";
    if connection.query_row(any, [workspace], |_| Ok(())).optional()?.is_none() {
        return Ok(0);
    }
    // The index has the channel before the address.
    let channels: Vec<String> = Channel::ALL.iter().map(|channel| format!("'{channel}'")).collect();
    let mut statement = connection.prepare_cached(&format!(
        "select 1 from suppressions where workspace_id = ?1 and channel in ('all', {}) and value_key = ?2 limit 1",
        channels.join(", ")
    ))?;
    let mut count = 0;
    for row in &batch.rows {
        let addresses = [row.fields.email_key.as_deref(), row.fields.phone.as_deref()];
        for address in addresses.into_iter().flatten() {
            if statement.exists(params![workspace, address])? {
                count += 1;
                break;
            }
        }
    }
    Ok(count)
}

/// What became of new contacts.
#[derive(Default)]
pub(super) struct Inserted {
    /// The places of those whose e-mail address a contact has already.
    pub(super) clashes: Vec<usize>,
    /// The lowest and the highest id.
    pub(super) span: Option<Span>,
    /// The others with their places, where the ids are wanted.
    pub(super) made: Vec<(ContactId, usize)>,
}

/// Writes new contacts.
///
/// One row to a statement: before a statement of many, SQLite copies every page that it touches, because it might
/// have to be undone by itself.
pub(super) fn insert(
    connection: &Connection,
    made: &New<'_>,
    created: &[Created],
    memory: &Memory,
) -> Result<Inserted> {
    let mut statement = connection.prepare_cached(&format!(
        "insert into contacts (workspace_id, owner_id, status, import_id, created_at, updated_at, {COLUMNS})
         values (?1, ?2, 'No Activity', ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         on conflict (workspace_id, email_key) do nothing"
    ))?;
    statement.raw_bind_parameter(1, made.scope.workspace.as_str())?;
    statement.raw_bind_parameter(2, made.owner(0).map(MemberId::as_str))?;
    statement.raw_bind_parameter(3, made.import)?;
    statement.raw_bind_parameter(4, made.now)?;
    let (wants_ids, takes_turns) = (made.wants_ids(), made.takes_turns());
    let mut inserted = Inserted::default();
    for (at, (id, row)) in new_ids(ContactId::from_uuid).zip(created).enumerate() {
        for (cell, value) in cells(&id, &row.fields, memory).into_iter().enumerate() {
            statement.raw_bind_parameter(5 + cell, value)?;
        }
        if takes_turns {
            // Who meets somebody after all takes no turn.
            let owner = made.owner(at - inserted.clashes.len());
            statement.raw_bind_parameter(2, owner.map(MemberId::as_str))?;
        }
        if statement.raw_execute()? == 0 {
            inserted.clashes.push(at);
        } else if wants_ids {
            inserted.made.push((id.clone(), at));
        }
        let (_, last) = inserted.span.get_or_insert_with(|| (id.clone(), id.clone()));
        *last = id;
    }
    Ok(inserted)
}
