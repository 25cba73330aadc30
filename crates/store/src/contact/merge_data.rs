//! What texts and conditions may say of a contact.

use crate::{
    Db, Result, Scope, Tx, contact_address,
    error::Error,
    sql::{binds, listed, row, rows, text_list},
};
use domain::{
    AddressKind,
    custom_field::FieldKind,
    ids::{ContactId, MemberId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::{BTreeMap, HashMap};

/// What a contact offers to merge tags and conditions, by id.
#[derive(Debug, Clone, FromQueryResult)]
pub struct MergeData {
    /// Id.
    pub id: ContactId,
    /// Address as written.
    pub email: Option<String>,
    /// Normalised address.
    pub email_key: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Account name.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Status.
    pub status: String,
    /// Whose contact it is.
    pub owner_id: Option<MemberId>,
    /// Values of custom fields by key, as people write them; empty until [`load_custom`].
    #[sea_orm(skip)]
    pub custom: BTreeMap<String, String>,
    /// Of these the ones that hold days, as they are stored.
    #[sea_orm(skip)]
    pub dates: BTreeMap<String, String>,
    /// What they are called on platforms, as written and as compared, the oldest of each; empty until
    /// [`load_platforms`].
    #[sea_orm(skip)]
    pub platforms: BTreeMap<AddressKind, (String, String)>,
}

pub(crate) const MERGE_COLUMNS: &str =
    "c.id, c.email, c.email_key, c.phone, c.first_name, c.last_name, c.company, c.title,
    c.city, c.country, c.time_zone, c.status, c.owner_id";

impl MergeData {
    /// The value of a merge field, `None` when the contact has none.
    pub fn field(&self, name: &str) -> Option<String> {
        let value = match name.strip_prefix("contact.")? {
            "email" => self.email.clone(),
            "phone" => self.phone.clone(),
            "first_name" => self.first_name.clone(),
            "last_name" => self.last_name.clone(),
            "full_name" => {
                let both: Vec<&str> =
                    [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
                (!both.is_empty()).then(|| both.join(" "))
            }
            "company" => self.company.clone(),
            "title" => self.title.clone(),
            "city" => self.city.clone(),
            "country" => self.country.clone(),
            "status" => Some(self.status.clone()),
            other => other.strip_prefix("custom.").and_then(|key| self.custom.get(key).cloned()),
        };
        value.filter(|v| !v.trim().is_empty())
    }
}

impl MergeData {
    /// Sets a field as a text will say it, for what is written in the same step; `None` clears it.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        let name = name.strip_prefix("contact.").unwrap_or(name);
        let place = match name {
            "first_name" => &mut self.first_name,
            "last_name" => &mut self.last_name,
            "company" => &mut self.company,
            "title" => &mut self.title,
            "city" => &mut self.city,
            "country" => &mut self.country,
            "time_zone" => &mut self.time_zone,
            other => {
                if let Some(key) = other.strip_prefix("custom.") {
                    match value {
                        Some(value) => self.custom.insert(key.to_owned(), value),
                        None => self.custom.remove(key),
                    };
                }
                return;
            }
        };
        *place = value;
    }
}

/// Adds the values of custom fields to contacts of a workspace, as the fields are now.
pub async fn load_custom(tx: &Tx, workspace: &WorkspaceId, contacts: &mut [&mut MergeData]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Found {
        contact_id: ContactId,
        key: String,
        kind: FieldKind,
        value: String,
    }
    let sql = format!(
        "select v.contact_id, f.key, f.kind, v.value from custom_values v join custom_fields f on f.id = v.field_id
         where v.workspace_id = $1 and v.contact_id in {}",
        listed(tx.get_database_backend(), 2)
    );
    let ids = text_list(contacts.iter().map(|contact| contact.id.as_str()));
    type Values = BTreeMap<String, String>;
    let mut all: HashMap<ContactId, (Values, Values)> = HashMap::new();
    for Found { contact_id, key, kind, value } in rows::<Found>(tx, &sql, binds![workspace, ids]).await? {
        let (custom, dates) = all.entry(contact_id).or_default();
        custom.insert(key.clone(), kind.written(&value));
        if kind == FieldKind::Date {
            dates.insert(key, value);
        }
    }
    for contact in contacts {
        (contact.custom, contact.dates) = all.remove(&contact.id).unwrap_or_default();
    }
    Ok(())
}

/// Reads what these contacts are called on platforms.
pub async fn load_platforms(
    conn: &impl ConnectionTrait,
    workspace: &WorkspaceId,
    contacts: &mut [&mut MergeData],
) -> Result<()> {
    let scope = Scope::system(workspace.clone());
    let mut all =
        contact_address::of_contacts(conn, &scope, contacts.iter().map(|contact| contact.id.as_str()))
            .await?;
    for contact in contacts {
        let mut further = all.remove(contact.id.as_str()).unwrap_or_default();
        further.sort_by_key(|one| one.created_at.0);
        for one in further.into_iter().filter(|one| one.source != crate::former_address::FORMER) {
            contact.platforms.entry(one.kind).or_insert((one.value, one.value_key));
        }
    }
    Ok(())
}

/// Merge data of one contact.
pub async fn merge_data(db: &Db, scope: &Scope, id: &ContactId) -> Result<MergeData> {
    row(
        &db.reader(scope),
        &format!("select {MERGE_COLUMNS} from contacts c where c.workspace_id = $1 and c.id = $2"),
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("contact"))
}
