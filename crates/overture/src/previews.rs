//! A text as it would arrive, for one contact after the other, those first who lack most. The same templates as in
//! `courses` fill it in.

use crate::{
    campaigns::{self, Audience},
    custom_fields,
    error::{Error, Result},
    simulate::{fields_of, sample_occasion, stand_ins},
    tool::{Access, Ctx, Tool},
};
use domain::{
    Channel,
    ids::{CampaignId, ContactId},
    template::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Scope, campaign,
    contact::{self, Lacks, MergeData, Query},
};

/// Most contacts that are shown at once.
const SHOWN: i64 = 50;
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
    /// Only for those of this campaign; where nobody is in it yet, for those whom it is for.
    campaign_id: Option<CampaignId>,
    /// Only for those whom these words find.
    search: Option<String>,
    /// From the page before.
    cursor: Option<String>,
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
    /// Whose texts these are: of those in the campaign, of those whom it is for, or of all whom you see.
    whose: Whose,
    /// All of them.
    total: i64,
    /// What the text needs and some lack.
    missing: Vec<Gap>,
    /// Those who lack most first, and of those who lack as much the newest.
    people: Vec<Previewed>,
    /// Pass it as `cursor` for the next page; null at the end.
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Whose {
    Campaign,
    Audience,
    All,
}

async fn run(ctx: Ctx, input: Preview) -> Result<Previews> {
    let (db, customs) = (&ctx.app.db, custom_fields::keys(&ctx).await?);
    let template = |field: &'static str, text: &str| {
        Template::parse_for(text, &customs)
            .map_err(|error| Error::field("template.invalid", field, error.to_string()))
    };
    let subject = input.subject.as_deref().map(|text| template("subject", text)).transpose()?;
    let body = template("body", &input.body)?;
    let (whose, sight, mut query) = whom(&ctx, &input).await?;
    if let Some(id) = &input.contact_id {
        let is_meant = query.ids.as_ref().is_none_or(|ids| ids.contains(id));
        query.ids = Some(is_meant.then(|| id.clone()).into_iter().collect());
    }
    let uses_custom = body.names_custom() || subject.as_ref().is_some_and(Template::names_custom);
    let values = stand_ins("Campaign", &sample_occasion(ctx.app.clock.now()));
    let texts = Texts { channel: input.channel, subject, body, values };
    let required: Vec<String> = texts.required().into_iter().collect();
    let lacks = Lacks { fields: &required, channel: input.channel };
    // Each reads all who match once, and neither needs the other.
    let (mut found, (total, lacking)) = tokio::try_join!(
        contact::worst_merge_data(db, &sight, &query, lacks, SHOWN, input.cursor.as_deref()),
        contact::coverage(db, &sight, &query, &required),
    )?;
    if uses_custom {
        let tx = db.begin_for(&ctx.scope).await?;
        let mut all = found.data.iter_mut().collect::<Vec<_>>();
        contact::load_custom(&tx, &ctx.scope.workspace, &mut all).await?;
    }
    let gaps = required.into_iter().zip(lacking).filter(|(_, count)| *count > 0);
    let mut missing: Vec<Gap> = gaps.map(|(field, count)| Gap { field, count }).collect();
    missing.sort_by_key(|gap| std::cmp::Reverse(gap.count));
    Ok(Previews {
        whose,
        total,
        missing,
        people: found.data.iter().map(|contact| texts.of(contact)).collect(),
        next_cursor: found.next_cursor,
    })
}

/// Whose texts are shown, as far as the reader sees them: those in the campaign; before there are any, those whom it would
/// take; without a campaign, everybody.
async fn whom(ctx: &Ctx, input: &Preview) -> Result<(Whose, Scope, Query)> {
    let db = &ctx.app.db;
    let sought = async |text: Option<&str>| contact::sought(db, &ctx.scope, text).await;
    let search = input.search.as_deref();
    let Some(id) = &input.campaign_id else {
        let query = Query { search: sought(search).await?, ..Query::default() };
        return Ok((Whose::All, ctx.scope.clone(), query));
    };
    let of_campaign = Query { campaign: Some(id.clone()), ..Query::default() };
    if contact::count_upto(db, &ctx.scope, &of_campaign, 1).await?.total > 0 {
        let query = Query { search: sought(search).await?, ..of_campaign };
        return Ok((Whose::Campaign, ctx.scope.clone(), query));
    }
    let c = campaign::get(db, &ctx.scope, id).await?;
    let audience: Audience = serde_json::from_str(&c.audience)?;
    let mut query = audience.query(ctx).await?;
    query.search = match (audience.search.as_deref(), search) {
        // Whoever has the words of both.
        (Some(of_all), Some(search)) => sought(Some(&format!("{of_all} {search}"))).await?,
        (of_all, search) => sought(search.or(of_all)).await?,
    };
    // It takes what its owner sees; of that, a rep is shown their own.
    let sight = match ctx.scope.only() {
        Some(_) => ctx.scope.clone(),
        None => campaigns::reach(ctx, &c).await?,
    };
    Ok((Whose::Audience, sight, query))
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
