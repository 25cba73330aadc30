//! How the columns of a file map to the fields of a contact, and what happens when a row meets one that exists.

use super::about::About;
use crate::error::{Error, FieldError, Kind, Result};
use domain::import::{ContactField, Mapping};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::import::OnMatch;

/// The choices of the person who imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Column name to field; `ignore` or nothing leaves a column out.
    pub mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code; the workspace's when left out.
    pub default_country: Option<String>,
    /// What happens when a row meets a contact that exists.
    pub on_match: OnMatch,
}

impl Rules {
    /// The guesses of the file as rules.
    pub fn guessed(about: &About) -> Self {
        let guesses = about.file.columns.iter().zip(&about.guesses);
        let mapping =
            guesses.filter_map(|(column, guess)| Some((column.clone(), guess.as_ref()?.field.to_string())));
        Self { mapping: mapping.collect(), default_country: None, on_match: OnMatch::Fill }
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
            match field.parse::<ContactField>() {
                Ok(field) => pairs.push((column.clone(), field)),
                Err(_) => {
                    let known: Vec<&str> = ContactField::ALL.iter().map(|f| f.as_str()).collect();
                    let message =
                        format!("{field:?} is no field of a contact. Choose one of {}.", known.join(", "));
                    problems.push(FieldError { field: format!("mapping.{column}"), message });
                }
            }
        }
        let country = self.default_country.as_deref().filter(|c| !c.is_empty()).unwrap_or(workspace_country);
        let mapping = Mapping::new(columns, &pairs, country).map_err(|found| {
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
            Ok(mapping) if problems.is_empty() => Ok(mapping),
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
