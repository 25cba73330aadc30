//! From the columns of somebody's file to contacts: guessing what a column is, checking the mapping, and one
//! verdict per row. No map is built per row and no cell is copied that is not kept.

use crate::{
    custom_field::{self, FieldKind, Value},
    identity::{self, Email},
    ids::CustomFieldId,
    schedule,
    text::words,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

pub use guess::guess_field;
pub use header::{fingerprint, header_key};
pub use name::split_name;

mod guess;
mod header;
mod name;

words! {
    /// What a column of a file means.
    pub enum ContactField {
        /// E-mail address; the key of a contact.
        Email = "email",
        /// Phone number.
        Phone = "phone",
        /// First name.
        FirstName = "first_name",
        /// Last name.
        LastName = "last_name",
        /// First and last name in one.
        FullName = "full_name",
        /// Name of the company.
        Company = "company",
        /// Job title.
        Title = "title",
        /// City.
        City = "city",
        /// Country.
        Country = "country",
        /// IANA time zone.
        TimeZone = "time_zone",
        /// Not imported.
        Ignore = "ignore",
    }
}

words! {
    /// What finds the contact of a row.
    pub enum MatchBy {
        /// The e-mail address; of a row without one the phone number.
        EmailThenPhone = "email_then_phone",
        /// The e-mail address alone.
        Email = "email",
        /// The phone number alone.
        Phone = "phone",
    }
}

impl MatchBy {
    /// The field that is the only key, if there is one.
    pub fn only(self) -> Option<ContactField> {
        match self {
            Self::EmailThenPhone => None,
            Self::Email => Some(ContactField::Email),
            Self::Phone => Some(ContactField::Phone),
        }
    }
}

words! {
    /// What happens to a row that does not have what finds its contact.
    pub enum WithoutKey {
        /// It makes a new contact.
        Create = "create",
        /// It is rejected.
        Reject = "reject",
    }
}

/// Why a row without an e-mail address is rejected where people are found by nothing else.
const NO_EMAIL: RowProblem =
    RowProblem { field: None, code: "row.no_key", message: "no e-mail address to find the contact by" };
/// The same of a phone number.
const NO_PHONE: RowProblem =
    RowProblem { field: None, code: "row.no_key", message: "no phone number to find the contact by" };

/// Why a row is rejected that would make a contact with an e-mail address that another has. Only where people are
/// found by something else.
pub const EMAIL_TAKEN: RowProblem = RowProblem {
    field: Some(Target::Field(ContactField::Email)),
    code: "email.taken",
    message: "the e-mail address is another contact's",
};

/// A custom field that a column may become, as it was when the import began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomTarget {
    /// Id.
    pub id: CustomFieldId,
    /// By which a mapping names it, behind `custom.`.
    pub key: String,
    /// By which people do.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What may be chosen.
    pub choices: Vec<String>,
}

/// What a column becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A field that every contact has.
    Field(ContactField),
    /// The custom field at this place of the list that came with the mapping.
    Custom(usize),
}

/// For how long after its end an import can be undone, in milliseconds.
pub const UNDO_MS: i64 = 30 * 24 * 3_600_000;
/// Most columns a file may have.
pub const MAX_COLUMNS: usize = 1_000;
/// Longest value that is kept, in characters.
pub const MAX_VALUE: usize = 500;

/// What a converted workbook has in a cell whose formula nobody has worked out.
pub const UNCALCULATED: &str = "#UNCALCULATED!";
/// What spreadsheets show where a formula went wrong.
const FORMULA_ERRORS: [&str; 12] = [
    "#N/A",
    "#REF!",
    "#NAME?",
    "#VALUE!",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#GETTING_DATA",
];

/// Something about the mapping that has to be put right before the import can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    /// The column it is about, if it is about one.
    pub column: Option<String>,
    /// Stable, for programs.
    pub code: &'static str,
    /// What, and what to do.
    pub message: String,
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a row is not imported. Carries nothing of the row, so that causes can be counted and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowProblem {
    /// The field it is about, if it is about one.
    pub field: Option<Target>,
    /// Stable, for programs.
    pub code: &'static str,
    /// For a person.
    pub message: &'static str,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

/// A row that can become a contact. Texts are trimmed, on one line, and never blank.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row<'a> {
    /// E-mail address.
    pub email: Option<Email>,
    /// Phone number in E.164.
    pub phone: Option<String>,
    /// First name, or the one taken from the full name.
    pub first_name: Option<Cow<'a, str>>,
    /// Last name, or the one taken from the full name.
    pub last_name: Option<Cow<'a, str>>,
    /// Company.
    pub company: Option<Cow<'a, str>>,
    /// Job title.
    pub title: Option<Cow<'a, str>>,
    /// City.
    pub city: Option<Cow<'a, str>>,
    /// Country.
    pub country: Option<Cow<'a, str>>,
    /// IANA time zone.
    pub time_zone: Option<Cow<'a, str>>,
    /// Values of custom fields, by the place of the field. No field comes twice.
    pub custom: Vec<(usize, Value)>,
    /// Invisible characters that turn the direction of text were taken out of a value.
    pub cleaned: bool,
    /// Values that could not be used and were left out, as was asked for.
    pub left_out: u32,
}

/// Which column is which field, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(usize, Target)>,
    custom: Vec<CustomTarget>,
    /// Places in the file of the columns whose values are left out where they cannot be used.
    lenient: Vec<usize>,
    /// The field that a row must have.
    required: Option<ContactField>,
    /// ISO 3166, for phone numbers without a country code.
    default_country: String,
}

impl Mapping {
    /// Checks a mapping of column names against the header of the file; every problem is reported, not only
    /// the first. A column that is not mentioned is ignored.
    pub fn new(
        header: &[String],
        mapping: &[(String, Target)],
        custom: &[CustomTarget],
        default_country: &str,
    ) -> Result<Mapping, Vec<MappingProblem>> {
        let mut problems = header_problems(header);
        let mut columns: Vec<(usize, Target)> = Vec::new();
        let mut problem = |column: &str, code, message| {
            problems.push(MappingProblem { column: Some(column.to_owned()), code, message });
        };
        for (i, (column, field)) in mapping.iter().enumerate() {
            if mapping[..i].iter().any(|(earlier, _)| earlier == column) {
                problem(
                    column,
                    "column.mapped_twice",
                    format!("The column {column:?} is mapped twice; keep one."),
                );
                continue;
            }
            let Some(index) = header.iter().position(|name| name == column) else {
                problem(column, "column.unknown", format!("The file has no column {column:?}."));
                continue;
            };
            if *field == Target::Field(ContactField::Ignore) {
                continue;
            }
            if let Some((first, _)) = columns.iter().find(|(_, taken)| taken == field) {
                let first = &header[*first];
                let field = match field {
                    Target::Field(field) => field.as_str(),
                    Target::Custom(place) => custom.get(*place).map_or("", |field| &field.name),
                };
                let message =
                    format!("{first:?} and {column:?} are both mapped to {field}; ignore one of them.");
                problem(column, "field.mapped_twice", message);
                continue;
            }
            columns.push((index, *field));
        }
        let reachable = |(_, field): &(usize, Target)| {
            matches!(field, Target::Field(ContactField::Email | ContactField::Phone))
        };
        if !columns.iter().any(reachable) {
            problems.push(MappingProblem {
                column: None,
                code: "mapping.no_address",
                message: "No column is mapped to e-mail or phone; without one nobody can be reached.".into(),
            });
        }
        if !identity::is_country(default_country) {
            problems.push(MappingProblem {
                column: None,
                code: "mapping.default_country",
                message: "The default country is not a country code such as US.".into(),
            });
        }
        if problems.is_empty() {
            let default_country = default_country.trim().to_ascii_uppercase();
            Ok(Mapping {
                columns,
                custom: custom.to_vec(),
                lenient: Vec::new(),
                required: None,
                default_country,
            })
        } else {
            Err(problems)
        }
    }

    /// The verdict on one row. `cell` gives the text of a column by its index, `None` where the row is too
    /// short to have it.
    pub fn row<'a>(&self, cell: impl Fn(usize) -> Option<&'a str>) -> Result<Row<'a>, RowProblem> {
        let mut row = Row::default();
        let mut full_name: Option<Cow<'a, str>> = None;
        let mut blank = true;
        for (index, field) in &self.columns {
            let Some(text) = cell(*index) else { continue };
            match self.set(&mut row, &mut full_name, *field, text) {
                Ok(filled) => blank &= !filled,
                Err(_) if self.lenient.contains(index) => {
                    row.left_out += 1;
                    blank = false;
                }
                Err(problem) => return Err(problem),
            }
        }
        if row.email.is_none() && row.phone.is_none() {
            return Err(if blank {
                RowProblem { field: None, code: "row.blank", message: "the row is empty" }
            } else {
                RowProblem {
                    field: None,
                    code: "row.no_address",
                    message: "neither an e-mail address nor a phone number",
                }
            });
        }
        match self.required {
            Some(ContactField::Email) if row.email.is_none() => return Err(NO_EMAIL),
            Some(ContactField::Phone) if row.phone.is_none() => return Err(NO_PHONE),
            _ => {}
        }
        if let Some(full) = full_name
            && row.first_name.is_none()
            && row.last_name.is_none()
        {
            (row.first_name, row.last_name) = split_name(full);
        }
        Ok(row)
    }

    /// Puts the text of a cell into its field. `false` when there is nothing in it.
    fn set<'a>(
        &self,
        row: &mut Row<'a>,
        full_name: &mut Option<Cow<'a, str>>,
        field: Target,
        text: &'a str,
    ) -> Result<bool, RowProblem> {
        let longest = if matches!(field, Target::Field(_)) { MAX_VALUE } else { custom_field::MAX_VALUE };
        let wrong = |(code, message)| RowProblem { field: Some(field), code, message };
        let Some(value) = clean(text, longest, &mut row.cleaned).map_err(wrong)? else { return Ok(false) };
        if value.starts_with('#') {
            formula_result(&value).map_err(wrong)?;
        }
        let refuse = |error: identity::IdentityError| wrong((error.code, error.message));
        let standard = match field {
            Target::Field(field) => field,
            Target::Custom(place) => {
                if let Some(value) = self.custom_value(place, &value)? {
                    row.custom.push((place, value));
                }
                return Ok(true);
            }
        };
        match standard {
            ContactField::Email => row.email = Some(identity::email(&value).map_err(refuse)?),
            ContactField::Phone => {
                row.phone = Some(identity::phone(&value, &self.default_country).map_err(refuse)?);
            }
            ContactField::FirstName => row.first_name = Some(value),
            ContactField::LastName => row.last_name = Some(value),
            ContactField::FullName => *full_name = Some(value),
            ContactField::Company => row.company = Some(value),
            ContactField::Title => row.title = Some(value),
            ContactField::City => row.city = Some(value),
            ContactField::Country => row.country = Some(value),
            ContactField::TimeZone if schedule::zone(&value).is_some() => row.time_zone = Some(value),
            ContactField::TimeZone => {
                return Err(wrong(("time_zone.unknown", "not a time zone such as America/New_York")));
            }
            ContactField::Ignore => {}
        }
        Ok(true)
    }

    /// Leaves out the values of these columns where they cannot be used, instead of refusing their rows.
    pub fn leaving_out(mut self, header: &[String], columns: &[String]) -> Self {
        self.lenient =
            columns.iter().filter_map(|column| header.iter().position(|name| name == column)).collect();
        self
    }

    /// Refuses rows without this field, by which alone their contacts are found.
    pub fn requiring(mut self, field: Option<ContactField>) -> Self {
        self.required = field;
        self
    }

    fn custom_value(&self, place: usize, text: &str) -> Result<Option<Value>, RowProblem> {
        let Some(field) = self.custom.get(place) else { return Ok(None) };
        field.kind.read(text, &field.choices).map_err(|_| RowProblem {
            field: Some(Target::Custom(place)),
            code: "custom.invalid",
            message: field.kind.complaint(),
        })
    }

    /// What people call a field of this mapping.
    pub fn name(&self, field: Target) -> String {
        match field {
            Target::Field(field) => field.as_str().replace('_', " "),
            Target::Custom(place) => {
                self.custom.get(place).map(|field| field.name.clone()).unwrap_or_default()
            }
        }
    }

    /// The same for raw cells; one that is not UTF-8 refuses the row.
    pub fn row_bytes<'a>(&self, cell: impl Fn(usize) -> Option<&'a [u8]>) -> Result<Row<'a>, RowProblem> {
        for (index, field) in &self.columns {
            if cell(*index).is_some_and(|bytes| std::str::from_utf8(bytes).is_err()) {
                let message = "the text is not UTF-8; the file changes its encoding in this row";
                return Err(RowProblem { field: Some(*field), code: "row.encoding", message });
            }
        }
        self.row(|index| cell(index).and_then(|bytes| std::str::from_utf8(bytes).ok()))
    }

    /// The columns that are read, as (index in the file, field).
    pub fn columns(&self) -> &[(usize, Target)] {
        &self.columns
    }
}

/// What is wrong with the first line of a file: nothing there, too much, a name that comes twice.
pub fn header_problems(header: &[String]) -> Vec<MappingProblem> {
    let problem =
        |column: Option<&String>, code, message| MappingProblem { column: column.cloned(), code, message };
    if header.iter().all(|name| name.trim().is_empty()) {
        let message = "The file has no header; its first line has to name the columns.".to_owned();
        return vec![problem(None, "header.missing", message)];
    }
    if header.len() > MAX_COLUMNS {
        let message = format!("The file has {} columns; at most {MAX_COLUMNS} can be read.", header.len());
        return vec![problem(None, "header.too_wide", message)];
    }
    let mut problems = Vec::new();
    for (i, name) in header.iter().enumerate() {
        let repeats = |other: &&String| other.trim().eq_ignore_ascii_case(name.trim());
        let earlier = header[..i].iter().filter(repeats).count();
        if !name.trim().is_empty() && earlier == 1 {
            let message = format!("The column {:?} comes more than once; rename one of them.", name.trim());
            problems.push(problem(Some(name), "header.duplicate", message));
        }
    }
    problems
}

/// Refuses what stands in a cell instead of the result of a formula: nobody is called `#N/A`.
fn formula_result(value: &str) -> Result<(), (&'static str, &'static str)> {
    if value == UNCALCULATED {
        let message =
            "the result of the formula is not in the file; open the workbook, save it, and import it again";
        return Err(("value.uncalculated", message));
    }
    if FORMULA_ERRORS.contains(&value) {
        return Err(("value.formula_error", "the cell has an error of a formula, such as #N/A"));
    }
    Ok(())
}

/// A value as it is kept: trimmed, on one line, without invisible characters that turn the direction of text.
/// `None` if nothing is left.
fn clean<'a>(
    text: &'a str,
    longest: usize,
    cleaned: &mut bool,
) -> Result<Option<Cow<'a, str>>, (&'static str, &'static str)> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let too_long = if longest == MAX_VALUE {
        ("value.too_long", "the value is longer than 500 characters")
    } else {
        ("value.too_long", "the value is longer than 2,000 characters")
    };
    let plain = text.bytes().all(|b| (b' '..0x7f).contains(&b));
    if plain {
        return if text.len() > longest { Err(too_long) } else { Ok(Some(Cow::Borrowed(text))) };
    }
    if text.contains('\0') {
        return Err(("value.nul", "there is a NUL byte in the value; the file is damaged"));
    }
    if text.chars().nth(longest).is_some() {
        return Err(too_long);
    }
    let turns = |c: char| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if !text.contains(|c: char| turns(c) || c.is_control()) {
        return Ok(Some(Cow::Borrowed(text)));
    }
    *cleaned |= text.contains(turns);
    let mut kept = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !turns(*c)) {
        match c {
            c if c.is_control() && kept.ends_with(' ') => {}
            c if c.is_control() => kept.push(' '),
            c => kept.push(c),
        }
    }
    let kept = kept.trim().to_owned();
    Ok((!kept.is_empty()).then_some(Cow::Owned(kept)))
}

#[cfg(test)]
mod tests;
