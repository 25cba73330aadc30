//! A text as it would arrive, for one contact after the other, those first who lack most. The same templates as in
//! `courses` fill it in.

use crate::{
    custom_fields,
    error::{Error, Result},
    simulate::{fields_of, sample_occasion, stand_ins},
    tool::{Access, Ctx, Tool},
};
use domain::{Channel, ids::ContactId, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::contact::{self, MergeData, Query};

/// Most contacts that are looked at.
const LOOKED_AT: i64 = 300;
/// Most of them that are shown.
const SHOWN: usize = 50;
/// What stands around the name of a field that has no value, so that a page can mark the place. No keyboard has them.
const GAP: (char, char) = ('\u{e000}', '\u{e001}');

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![Tool::new(
        "message_preview",
        "POST /messages/preview",
        Access::Read,
        "Show a text as contacts would get it, those first who lack values.",
        run,
    )]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Preview {
    /// The channel, for the address.
    channel: Channel,
    /// Subject with merge tags.
    subject: Option<String>,
    /// Text with merge tags.
    body: String,
    /// Only for this contact.
    contact_id: Option<ContactId>,
}

/// A text as one contact would get it.
#[derive(Serialize, JsonSchema)]
struct Previewed {
    contact_id: ContactId,
    name: String,
    /// Where it would go; `null` where there is no address, and the step is skipped.
    to: Option<String>,
    /// Fields without a value and without a fallback: it is held for this contact.
    missing: Vec<String>,
    subject: Option<String>,
    /// Where a value is missing, the field stands between U+E000 and U+E001.
    body: String,
}

/// How many contacts lack a field that the text needs.
#[derive(Serialize, JsonSchema)]
struct Gap {
    field: String,
    count: i64,
}

#[derive(Serialize, JsonSchema)]
struct Previews {
    /// All whom you see.
    total: i64,
    /// What the text needs and some lack.
    missing: Vec<Gap>,
    /// Those who lack most first, of the newest.
    people: Vec<Previewed>,
}

async fn run(ctx: Ctx, input: Preview) -> Result<Previews> {
    let (db, customs) = (&ctx.app.db, custom_fields::keys(&ctx).await?);
    let template = |field: &'static str, text: &str| {
        Template::parse_for(text, &customs)
            .map_err(|error| Error::field("template.invalid", field, error.to_string()))
    };
    let subject = input.subject.as_deref().map(|text| template("subject", text)).transpose()?;
    let body = template("body", &input.body)?;
    let query = Query { ids: input.contact_id.clone().map(|id| vec![id]), ..Query::default() };
    let mut found = contact::newest_merge_data(db, &ctx.scope, &query, LOOKED_AT).await?;
    if body.names_custom() || subject.as_ref().is_some_and(Template::names_custom) {
        let tx = db.begin_for(&ctx.scope).await?;
        contact::load_custom(&tx, &ctx.scope.workspace, &mut found.iter_mut().collect::<Vec<_>>()).await?;
    }
    let values = stand_ins("Campaign", &sample_occasion(ctx.app.clock.now()));
    let texts = Texts { channel: input.channel, subject, body, values };
    let mut people: Vec<Previewed> = found.iter().map(|contact| texts.of(contact)).collect();
    people.sort_by_key(|one| std::cmp::Reverse((one.missing.len(), one.to.is_none())));
    people.truncate(SHOWN);
    let mut missing = Vec::new();
    for field in texts.required() {
        let count = contact::missing(db, &ctx.scope, &query, &field).await?;
        if count > 0 {
            missing.push(Gap { field, count });
        }
    }
    missing.sort_by_key(|gap| std::cmp::Reverse(gap.count));
    Ok(Previews { total: contact::count(db, &ctx.scope, &query).await?, missing, people })
}

struct Texts {
    channel: Channel,
    subject: Option<Template>,
    body: Template,
    values: BTreeMap<String, String>,
}

impl Texts {
    fn required(&self) -> BTreeSet<String> {
        let all = self.subject.iter().chain([&self.body]).flat_map(Template::required);
        all.filter(|field| field.starts_with("contact.")).map(str::to_owned).collect()
    }

    fn of(&self, contact: &MergeData) -> Previewed {
        let fields = fields_of(contact);
        let value = |field: &str| fields.get(field).or_else(|| self.values.get(field)).cloned();
        let mut missing: Vec<String> = Vec::new();
        let mut render = |template: &Template, line: bool| {
            let fill = |values: &dyn Fn(&str) -> Option<String>| {
                if line { template.render_line(values) } else { template.render(values) }
            };
            fill(&value).or_else(|lacks| {
                let (open, close) = GAP;
                let marked = |field: &str| {
                    let gap = lacks.fields.iter().any(|lacking| lacking == field);
                    value(field).or_else(|| gap.then(|| format!("{open}{field}{close}")))
                };
                let text = fill(&marked);
                missing.extend(lacks.fields.iter().cloned());
                text
            })
        };
        let subject = self.subject.as_ref().map(|subject| render(subject, true).unwrap_or_default());
        let body = render(&self.body, false).unwrap_or_default();
        missing.sort_unstable();
        missing.dedup();
        let to = crate::courses::address_of(contact, self.channel).map(|(address, _)| address);
        let name = contact.field("contact.full_name").or_else(|| contact.email.clone());
        let name =
            name.or_else(|| contact.phone.clone()).unwrap_or_else(|| "A contact without a name".into());
        Previewed { contact_id: contact.id.clone(), name, to, missing, subject, body }
    }
}
