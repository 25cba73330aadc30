//! What texts and conditions may say of a contact.

use crate::{
    Db, Result, Scope,
    error::Error,
    sql::{binds, row},
};
use domain::ids::ContactId;
use sea_orm::FromQueryResult;

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
}

pub(crate) const MERGE_COLUMNS: &str =
    "c.id, c.email, c.email_key, c.phone, c.first_name, c.last_name, c.company, c.title,
    c.city, c.country, c.time_zone, c.status";

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
            _ => None,
        };
        value.filter(|v| !v.trim().is_empty())
    }
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
