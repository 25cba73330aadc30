//! What a step of a campaign changes of one contact, in the transaction of the step.

use crate::{
    Result, Scope, Tx, company,
    contact::Query,
    contact_set::{self, SetKind},
    custom_field,
    search::Kind,
    sql::{binds, run, scalar},
};
use domain::{
    custom_field::Value,
    ids::{ContactId, CustomFieldId, MemberId, TagId},
};

/// What changes. Values are checked and in their final form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Given name, family name and so on, by column; `None` clears one.
    pub columns: Vec<(Column, Option<String>)>,
    /// Values of custom fields; `None` clears one.
    pub custom: Vec<(CustomFieldId, Option<Value>)>,
    /// The status.
    pub status: Option<String>,
    /// Who gets the contact, with its conversations. Somebody who is not a member any more gets nothing.
    pub owner: Option<MemberId>,
    /// Names of tags to put on; one that is not there yet is made.
    pub add_tags: Vec<String>,
    /// Names of tags to take off.
    pub remove_tags: Vec<String>,
}

/// A column that a step can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// The account's name; the account comes with it.
    Company,
    /// Job title.
    Title,
    /// City.
    City,
    /// Country as written.
    Country,
    /// IANA zone.
    TimeZone,
}

impl Column {
    /// That of a field by its name in funnels.
    pub fn of(field: &str) -> Option<Self> {
        Some(match field {
            "contact.first_name" => Self::FirstName,
            "contact.last_name" => Self::LastName,
            "contact.company" => Self::Company,
            "contact.title" => Self::Title,
            "contact.city" => Self::City,
            "contact.country" => Self::Country,
            "contact.time_zone" => Self::TimeZone,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Company => "company",
            Self::Title => "title",
            Self::City => "city",
            Self::Country => "country",
            Self::TimeZone => "time_zone",
        }
    }
}

/// Changes one contact; nothing, if it is gone. Other campaigns that held it for a missing value go on.
pub async fn change(tx: &Tx, scope: &Scope, id: &ContactId, change: &Change, now: i64) -> Result<()> {
    let Change { columns, custom, status, owner, add_tags, remove_tags } = change;
    if let Some(owner) = owner {
        give(tx, scope, id, owner, now).await?;
    }
    let mut values = binds![scope.ws(), id, now];
    let mut sets = vec!["updated_at = case when updated_at < $3 then $3 else updated_at + 1 end".to_owned()];
    let mut set = |name: &str, value: sea_orm::Value| {
        values.push(value);
        sets.push(format!("{name} = ${}", values.len()));
    };
    for (column, value) in columns {
        set(column.name(), value.clone().into());
        if *column == Column::Company {
            let company = match value {
                Some(name) => Some(company::ensure(tx, scope, name, now).await?),
                None => None,
            };
            set("company_id", company.into());
        }
    }
    if let Some(status) = status {
        set("status", status.as_str().into());
    }
    let sql = format!("update contacts set {} where workspace_id = $1 and id = $2", sets.join(", "));
    if run(tx, &sql, values).await? == 0 {
        return Ok(());
    }
    custom_field::set(tx, scope, id, custom).await?;
    let only = Query { ids: Some(vec![id.clone()]), ..Query::default() };
    for name in add_tags {
        let new = crate::new_id(TagId::from_uuid);
        let tag = contact_set::ensure(tx, scope, SetKind::Tag, new.as_str(), name, now).await?;
        contact_set::add(tx, scope, &tag, &only, now).await?;
    }
    for name in remove_tags {
        if let Some(tag) = contact_set::named(tx, scope, SetKind::Tag, name).await? {
            contact_set::remove(tx, scope, &tag, &only).await?;
        }
    }
    contact_set::changed(tx, scope, [id.as_str()]).await?;
    if columns.is_empty() && custom.is_empty() {
        return Ok(());
    }
    crate::search::write(tx, scope, Kind::Contact, [id.as_str()]).await?;
    super::go_on(tx, scope, id, now).await
}

/// Hands it over, with its conversations: these first, as whoever takes an answer in holds them.
async fn give(tx: &Tx, scope: &Scope, id: &ContactId, owner: &MemberId, now: i64) -> Result<()> {
    let sql = "select id as value from members where workspace_id = $1 and id = $2 and disabled_at is null";
    if scalar::<String>(tx, sql, binds![scope.ws(), owner]).await?.is_none() {
        return Ok(());
    }
    let sql = "update conversations set owner_id = $3, assignee_id = null where workspace_id = $1 and contact_id = $2
               and exists (select 1 from contacts c where c.workspace_id = $1 and c.id = $2 and coalesce(c.owner_id, '') <> $3)";
    run(tx, sql, binds![scope.ws(), id, owner]).await?;
    let sql = "update contacts set owner_id = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
               where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, owner, now]).await?;
    Ok(())
}
