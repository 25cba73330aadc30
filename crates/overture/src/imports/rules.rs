//! How the columns of a file map to the fields of a contact, and what happens when a row meets one that exists.

use super::{
    about::About,
    judge::Order,
    people::{ImportConsent, OwnerRef},
};
use crate::error::{Error, FieldError, Kind, Result};
use domain::import::{ContactField, CustomTarget, Mapping, MatchBy, Target, WithoutKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    custom_field::CustomField,
    import::{CHANGEABLE, FieldRules, OnMatch},
};

/// Most tags that an import puts on its contacts.
pub const MAX_TAGS: usize = 20;

/// A tag or a list, as it was called when the import began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetRef {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What a check is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choices {
    /// Column name to field.
    pub mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code.
    pub default_country: Option<String>,
    /// What finds the contact of a row.
    #[serde(default = "email_then_phone")]
    pub match_by: MatchBy,
    /// What happens to a row that does not have it.
    #[serde(default = "made_anyway")]
    pub without_key: WithoutKey,
    /// What happens when a row meets a contact that exists.
    pub on_match: OnMatch,
    /// Column name to what happens instead to a contact that exists.
    #[serde(default)]
    pub on_match_columns: BTreeMap<String, OnMatch>,
    /// Names of columns whose values are left out where they cannot be used.
    pub leave_out: Vec<String>,
}

/// What [`Choices::match_by`] is where nobody says.
pub(super) fn email_then_phone() -> MatchBy {
    MatchBy::EmailThenPhone
}

/// What [`Choices::without_key`] is where nobody says.
pub(super) fn made_anyway() -> WithoutKey {
    WithoutKey::Create
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            mapping: BTreeMap::new(),
            default_country: None,
            match_by: email_then_phone(),
            without_key: made_anyway(),
            on_match: OnMatch::Fill,
            on_match_columns: BTreeMap::new(),
            leave_out: Vec::new(),
        }
    }
}

/// The choices of the person who imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Column name to field, `custom.key` for a custom one; `ignore` or nothing leaves a column out.
    pub mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code; the workspace's when left out.
    pub default_country: Option<String>,
    /// What finds the contact of a row.
    #[serde(default = "email_then_phone")]
    pub match_by: MatchBy,
    /// What happens to a row that does not have it.
    #[serde(default = "made_anyway")]
    pub without_key: WithoutKey,
    /// What happens when a row meets a contact that exists.
    pub on_match: OnMatch,
    /// Column name to what happens instead to a contact that exists.
    #[serde(default)]
    pub on_match_columns: BTreeMap<String, OnMatch>,
    /// Names of columns whose values are left out where they cannot be used, instead of refusing their rows.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// The custom fields that columns may become.
    #[serde(default)]
    pub custom: Vec<CustomTarget>,
    /// Put on every contact that a row makes or meets.
    #[serde(default)]
    pub tags: Vec<SetRef>,
    /// The list that these contacts are put on.
    #[serde(default)]
    pub list: Option<SetRef>,
    /// Whom new contacts are given to, in turn; nobody: who imports.
    #[serde(default)]
    pub owners: Vec<OwnerRef>,
    /// What the people of the file agreed to.
    #[serde(default)]
    pub consent: Option<ImportConsent>,
}

impl Rules {
    /// The guesses of the file as rules.
    pub fn guessed(about: &About) -> Self {
        let guesses = about.file.columns.iter().zip(&about.guesses);
        let mapping =
            guesses.filter_map(|(column, guess)| Some((column.clone(), guess.as_ref()?.field.to_string())));
        Self::new(mapping.collect(), None, OnMatch::Fill)
    }

    /// Without custom fields, tags and a list.
    pub fn new(
        mapping: BTreeMap<String, String>,
        default_country: Option<String>,
        on_match: OnMatch,
    ) -> Self {
        Self::chosen(Choices { mapping, default_country, on_match, ..Choices::default() })
    }

    /// Without custom fields, tags, a list, owners and consent.
    pub fn chosen(choices: Choices) -> Self {
        let Choices {
            mapping,
            default_country,
            match_by,
            without_key,
            on_match,
            on_match_columns,
            leave_out,
        } = choices;
        Self {
            mapping,
            default_country,
            match_by,
            without_key,
            on_match,
            on_match_columns,
            leave_out,
            custom: Vec::new(),
            tags: Vec::new(),
            list: None,
            owners: Vec::new(),
            consent: None,
        }
    }

    /// Takes those of the workspace's custom fields that the mapping names.
    pub fn with_custom(mut self, fields: Vec<CustomField>) -> Self {
        let is_named =
            |field: &CustomField| self.mapping.values().any(|to| custom_key(to) == Some(&field.key));
        self.custom = fields
            .into_iter()
            .filter(is_named)
            .map(|field| CustomTarget {
                choices: field.choices(),
                id: field.id,
                key: field.key,
                name: field.name,
                kind: field.kind,
            })
            .collect();
        self
    }

    /// Whether the database may refuse rows: those with the e-mail address of somebody whom they do not find by it.
    pub(super) fn may_refuse_late(&self) -> bool {
        self.match_by == MatchBy::Phone
    }

    /// In which order rows are written.
    pub(super) fn order(&self) -> Order {
        if self.may_refuse_late() { Order::File } else { Order::Address }
    }

    /// The ids of the tags and of the list.
    pub fn sets(&self) -> Vec<String> {
        self.tags.iter().chain(&self.list).map(|set| set.id.clone()).collect()
    }

    /// What happens to single fields, where that is another thing than to the others.
    pub fn by_field(&self) -> Option<FieldRules> {
        let mut rules = FieldRules { custom: vec![None; self.custom.len()], ..FieldRules::default() };
        for (column, on_match) in &self.on_match_columns {
            let target = self.mapping.get(column).and_then(|field| self.target(field));
            let names: &[&str] = match target {
                Some(Target::Custom(place)) => {
                    if let Some(rule) = rules.custom.get_mut(place) {
                        *rule = Some(*on_match);
                    }
                    &[]
                }
                Some(Target::Field(ContactField::FullName)) => &["first_name", "last_name"],
                Some(Target::Field(field)) => &[field.as_str()],
                None => &[],
            };
            for (name, rule) in CHANGEABLE.iter().zip(&mut rules.fields) {
                if names.contains(name) {
                    *rule = Some(*on_match);
                }
            }
        }
        let is_any = rules.fields.iter().chain(&rules.custom).any(Option::is_some);
        is_any.then_some(rules)
    }

    fn target(&self, text: &str) -> Option<Target> {
        match custom_key(text) {
            Some(key) => self.custom.iter().position(|field| field.key == key).map(Target::Custom),
            None => text.parse().ok().map(Target::Field),
        }
    }

    /// The rules as they are kept: checked, and with their country, so that a later change of the workspace does not
    /// change a running import.
    pub fn settled(self, about: &About, workspace_country: &str) -> Result<Self> {
        self.check(&about.file.columns, workspace_country)?;
        let country = self.default_country.filter(|country| !country.is_empty());
        Ok(Self { default_country: Some(country.unwrap_or_else(|| workspace_country.to_owned())), ..self })
    }

    /// Checks the mapping against the header of the file; every problem is told, by column.
    pub fn check(&self, columns: &[String], workspace_country: &str) -> Result<Mapping> {
        let mut problems = Vec::new();
        let mut pairs = Vec::new();
        for (column, field) in &self.mapping {
            match self.target(field) {
                Some(target) => pairs.push((column.clone(), target)),
                None if custom_key(field).is_some() => {
                    let message = "There is no such custom field any more. Choose another one.".to_owned();
                    problems.push(FieldError { field: format!("mapping.{column}"), message });
                }
                None => {
                    let known: Vec<&str> = ContactField::ALL.iter().map(|f| f.as_str()).collect();
                    let message = format!(
                        "{field:?} is no field of a contact. Choose one of {}, or custom. and the key of a custom field.",
                        known.join(", ")
                    );
                    problems.push(FieldError { field: format!("mapping.{column}"), message });
                }
            }
        }
        let own_rules = self.on_match_columns.keys().map(|column| ("on_match_columns", column));
        let named = own_rules.chain(self.leave_out.iter().map(|column| ("leave_out", column)));
        for (field, column) in named.filter(|(_, column)| !columns.contains(column)) {
            let message = format!("The file has no column {column:?}.");
            problems.push(FieldError { field: field.to_owned(), message });
        }
        if let Some(key) = self.match_by.only()
            && !pairs.iter().any(|(_, target)| *target == Target::Field(key))
        {
            let message = format!(
                "People are to be found by {}, and no column is mapped to it. Map one, or find people by something else.",
                if key == ContactField::Email { "e-mail" } else { "phone" }
            );
            problems.push(FieldError { field: "match_by".to_owned(), message });
        }
        let country = self.default_country.as_deref().filter(|c| !c.is_empty()).unwrap_or(workspace_country);
        let mapping = Mapping::new(columns, &pairs, &self.custom, country).map_err(|found| {
            for problem in found {
                let field = match (problem.column, problem.code) {
                    (Some(column), _) => format!("mapping.{column}"),
                    (None, "mapping.default_country") => "default_country".to_owned(),
                    (None, _) => "mapping".to_owned(),
                };
                problems.push(FieldError { field, message: problem.message });
            }
        });
        match mapping {
            Ok(mapping) if problems.is_empty() => {
                let required = self.match_by.only().filter(|_| self.without_key == WithoutKey::Reject);
                Ok(mapping.leaving_out(columns, &self.leave_out).requiring(required))
            }
            _ => {
                let first = problems.first().map_or("", |p| p.message.as_str());
                let message = format!("The columns cannot be mapped like this. {first}");
                let mut error = Error::new(Kind::Invalid, "import.mapping_invalid", message);
                error.fields = problems;
                Err(error)
            }
        }
    }
}

/// The key of a custom field in a mapping.
fn custom_key(text: &str) -> Option<&str> {
    text.strip_prefix("custom.")
}
