//! Which contacts are meant: words, filters, a set, a rule.

use crate::{
    Db, Result, Scope,
    search::{self, Kind, Question},
    segment::Clause,
    sql::{Filter, binds, contains_as_written, listed, text_list},
};
use domain::ids::{CampaignId, CompanyId, ContactId, MemberId};
use sea_orm::DbBackend;

/// What is looked for in a list of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Words, of which the last may only be begun, in the index of words.
    Words(Question),
    /// Part of a name, address, company or city. What cannot be found in the index, or not yet: no contact is left out
    /// because its words are still to be read.
    Text(String),
}

/// How a text is looked for now; `None` when there is nothing in it.
pub async fn sought(db: &Db, scope: &Scope, text: Option<&str>) -> Result<Option<Sought>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    Ok(Some(match Question::of(text) {
        Some(question) if !search::is_behind(db, scope).await? => Sought::Words(question),
        _ => Sought::Text(text.to_owned()),
    }))
}

/// The same as it was understood before: in the index of words, or as part of a text.
pub fn sought_again(text: Option<&str>, in_words: bool) -> Option<Sought> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    let question = Question::of(text).filter(|_| in_words);
    Some(question.map_or_else(|| Sought::Text(text.to_owned()), Sought::Words))
}

fn by_text(filter: &mut Filter, text: &str) {
    let columns = ["c.email_key", "c.first_name", "c.last_name", "c.company", "c.phone", "c.city"];
    let mut parts: Vec<String> =
        columns.iter().map(|c| format!("lower({c}) like lower(?) escape '\\'")).collect();
    parts.push("lower(c.first_name || ' ' || c.last_name) like lower(?) escape '\\'".into());
    let values = vec![sea_orm::Value::from(contains_as_written(text)); parts.len()];
    filter.and(&format!("({})", parts.join(" or ")), values);
}

/// What a list of contacts is narrowed to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// By words.
    pub search: Option<Sought>,
    /// Exact status.
    pub status: Option<String>,
    /// Enrolled in this campaign.
    pub campaign: Option<CampaignId>,
    /// Created by this import.
    pub import: Option<String>,
    /// In the book of this member.
    pub owner: Option<MemberId>,
    /// Of this company.
    pub company: Option<CompanyId>,
    /// Exactly these.
    pub ids: Option<Vec<ContactId>>,
    /// In this tag, list or segment.
    pub set: Option<String>,
    /// Who came to this tag, list or segment since then, in milliseconds since the epoch.
    pub came_to: Option<(String, i64)>,
    /// Those that a rule finds.
    pub rule: Option<Clause>,
    /// With an id behind the first, up to and with the second.
    pub between: Option<(String, String)>,
}

impl Query {
    /// The `where` clause over `contacts c`.
    pub(crate) fn filter(&self, scope: &Scope, backend: DbBackend) -> Filter {
        self.over(
            scope,
            backend,
            "c.id in (select m.contact_id from set_members m where m.workspace_id = $1 and m.set_id = ?)",
        )
    }

    /// The same where contacts come in an order that something else has, and each is asked: a list of all who are in a set
    /// would be made for every page. So would one of all who have the words, where these are scattered in the order;
    /// where they may all lie at its end, that is soon made.
    pub(crate) fn walked(&self, scope: &Scope, backend: DbBackend, are_scattered: bool) -> Filter {
        let in_set = "exists (select 1 from set_members m where m.workspace_id = $1 and m.set_id = ? and m.contact_id = c.id)";
        match &self.search {
            Some(Sought::Words(question)) if are_scattered => {
                let mut filter = Self { search: None, ..self.clone() }.over(scope, backend, in_set);
                let (has, values) = question.in_document(scope, backend, (Kind::Contact, "w"));
                let has = format!(
                    "exists (select 1 from search_documents w where w.workspace_id = $1 and w.kind = 'contact' and w.subject_id = c.id and {has})"
                );
                filter.and(&has, values);
                filter
            }
            _ => self.over(scope, backend, in_set),
        }
    }

    /// The words that alone narrow it, for whoever sees everybody.
    pub(super) fn words_alone(&self, scope: &Scope) -> Option<&Question> {
        let Some(Sought::Words(question)) = &self.search else { return None };
        let is_alone = Self { search: None, ..self.clone() } == Self::default();
        (is_alone && scope.only().is_none()).then_some(question)
    }

    fn over(&self, scope: &Scope, backend: DbBackend, in_set: &str) -> Filter {
        let mut filter = Filter::of(scope, "c.workspace_id");
        filter.own(scope, "c.owner_id");
        match &self.search {
            Some(Sought::Words(question)) => {
                let (hits, value) = question.hits(scope, backend, Kind::Contact);
                filter.and(&format!("c.id in {hits}"), vec![value]);
            }
            Some(Sought::Text(text)) => by_text(&mut filter, text),
            None => {}
        }
        if let Some(status) = &self.status {
            filter.and("c.status = ?", binds![status.as_str()]);
            // The index leaves out what most contacts are.
            if status != "No Activity" {
                filter.and("c.status <> 'No Activity'", vec![]);
            }
        }
        if let Some(campaign) = &self.campaign {
            filter
                .and("c.id in (select contact_id from enrollments where campaign_id = ?)", binds![campaign]);
        }
        if let Some(owner) = &self.owner {
            filter.and("c.owner_id = ?", binds![owner]);
        }
        if let Some(company) = &self.company {
            filter.and("c.company_id = ?", binds![company]);
        }
        if let Some(import) = &self.import {
            // There is no index of imports: their contacts lie together.
            filter.and(
                "c.import_id = ?
                 and c.id >= (select i.first_contact_id from imports i where i.workspace_id = c.workspace_id and i.id = ?)
                 and c.id <= (select i.last_contact_id from imports i where i.workspace_id = c.workspace_id and i.id = ?)",
                binds![import.as_str(), import.as_str(), import.as_str()],
            );
        }
        if let Some(set) = &self.set {
            filter.and(in_set, binds![set.as_str()]);
        }
        if let Some((set, since)) = &self.came_to {
            let among = "c.id in (select m.contact_id from set_members m where m.workspace_id = $1 and m.set_id = ? and m.at >= ?)";
            filter.and(among, binds![set.as_str(), *since]);
        }
        if let Some(rule) = &self.rule {
            filter.and(&rule.sql, rule.values.clone());
        }
        if let Some((after, upto)) = &self.between {
            filter.and("c.id > ? and c.id <= ?", binds![after.as_str(), upto.as_str()]);
        }
        if let Some(ids) = &self.ids {
            filter.sql += &format!(" and c.id in {}", listed(backend, filter.next()));
            filter.values.push(text_list(ids.iter().map(|i| i.as_str())).into());
        }
        filter
    }
}
