//! Which contacts a list has, in which order, and how many match.

use crate::{
    error::{Error, Result},
    tool::{Ctx, NameCursor},
};
use domain::{
    ids::{CompanyId, MemberId, SetId},
    segment::Rule,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    COUNTED, Total, Way,
    contact::{self, Contact, Order, Query, Sorted},
    segment::{self, Clause},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Words of a name, address, company, title or city, of which the last may only be begun.
    search: Option<String>,
    /// Exact status.
    status: Option<String>,
    /// Only people of this campaign.
    campaign_id: Option<domain::ids::CampaignId>,
    /// Only people that this import created.
    import_id: Option<domain::ids::ImportId>,
    /// Only people in the book of this member.
    owner_id: Option<MemberId>,
    /// Only people of this company.
    company_id: Option<CompanyId>,
    /// Only people in this tag, list or segment.
    set_id: Option<SetId>,
    /// Only people that this rule of a segment finds: its JSON as one text.
    rule: Option<String>,
    /// The order; the newest first, where nothing is said.
    sort: Option<Sort>,
    /// `false` leaves out how many match: where a rule fits few of many, that takes longer than the page itself.
    total: Option<bool>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<NameCursor>,
}

/// Rising, or with a minus falling. What has no value comes last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
enum Sort {
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "company")]
    Company,
    #[serde(rename = "-company")]
    CompanyDown,
    #[serde(rename = "-updated_at")]
    ChangedLast,
    #[serde(rename = "updated_at")]
    ChangedFirst,
    #[serde(rename = "-icp_score")]
    FitsBest,
    #[serde(rename = "icp_score")]
    FitsLeast,
}

impl Sort {
    fn order(self) -> Order {
        match self {
            Sort::Newest => Order::Newest,
            Sort::Oldest => Order::Oldest,
            Sort::Name => Order::By(Sorted::Name, Way::Up),
            Sort::NameDown => Order::By(Sorted::Name, Way::Down),
            Sort::Company => Order::By(Sorted::Company, Way::Up),
            Sort::CompanyDown => Order::By(Sorted::Company, Way::Down),
            Sort::ChangedLast => Order::By(Sorted::Changed, Way::Down),
            Sort::ChangedFirst => Order::By(Sorted::Changed, Way::Up),
            Sort::FitsBest => Order::By(Sorted::Score, Way::Down),
            Sort::FitsLeast => Order::By(Sorted::Score, Way::Up),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Contacts {
    data: Vec<Contact>,
    next_cursor: Option<String>,
    #[serde(flatten)]
    total: Option<Total>,
}

impl List {
    fn narrowed(self) -> Narrowed {
        Narrowed {
            search: self.search,
            status: self.status,
            campaign_id: self.campaign_id,
            import_id: self.import_id,
            owner_id: self.owner_id,
            company_id: self.company_id,
            set_id: self.set_id,
            rule: self.rule,
            sort: self.sort,
        }
    }
}

/// Which contacts: what a list is asked for, without its pages.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrowed {
    /// Words of a name, address, company, title or city, of which the last may only be begun.
    search: Option<String>,
    /// Exact status.
    status: Option<String>,
    /// Only people of this campaign.
    campaign_id: Option<domain::ids::CampaignId>,
    /// Only people that this import created.
    import_id: Option<domain::ids::ImportId>,
    /// Only people in the book of this member.
    owner_id: Option<MemberId>,
    /// Only people of this company.
    company_id: Option<CompanyId>,
    /// Only people in this tag, list or segment.
    set_id: Option<SetId>,
    /// Only people that this rule of a segment finds: its JSON as one text.
    rule: Option<String>,
    /// As the list takes it; a file is in the order of ids all the same.
    #[expect(dead_code, reason = "what a list is asked for can be asked for as a file as it stands")]
    sort: Option<Sort>,
}

impl Narrowed {
    /// What is to be looked for.
    pub async fn query(self, ctx: &Ctx) -> Result<Query> {
        Ok(Query {
            search: contact::sought(&ctx.app.db, &ctx.scope, self.search.as_deref()).await?,
            status: self.status.filter(|s| !s.is_empty()),
            campaign: self.campaign_id,
            import: self.import_id.map(|id| id.to_string()),
            owner: self.owner_id,
            company: self.company_id,
            set: self.set_id.map(|id| id.as_str().to_owned()),
            rule: rule(ctx, self.rule.as_deref()).await?,
            ids: None,
            came_to: None,
            between: None,
        })
    }

    /// The ids in it, which have to be visible to whoever names them.
    pub fn named(&self) -> Vec<&str> {
        let ids = [
            self.campaign_id.as_ref().map(|id| id.as_str()),
            self.import_id.as_ref().map(|id| id.as_str()),
            self.owner_id.as_ref().map(MemberId::as_str),
            self.company_id.as_ref().map(CompanyId::as_str),
            self.set_id.as_ref().map(SetId::as_str),
        ];
        ids.into_iter().flatten().collect()
    }
}

pub(super) async fn list(ctx: Ctx, input: List) -> Result<Contacts> {
    let (limit, cursor, is_counted) = (input.limit, input.cursor.clone(), input.total.unwrap_or(true));
    let order = input.sort.map_or(Order::Newest, Sort::order);
    let query = input.narrowed().query(&ctx).await?;
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let total = match is_counted {
        true => Some(contact::count_upto(db, scope, &query, COUNTED).await?),
        false => None,
    };
    let are_many = match (total, order) {
        (Some(total), _) => total.total_is_capped,
        (None, Order::By(..)) => contact::are_many(db, scope, &query).await?,
        (None, Order::Newest | Order::Oldest) => true,
    };
    let after = cursor.as_ref().map(NameCursor::as_str);
    let page = contact::ordered(db, scope, &query, (order, are_many), limit, after).await?;
    Ok(Contacts { data: page.data, next_cursor: page.next_cursor, total })
}

/// How many there are.
#[derive(Serialize, JsonSchema)]
pub(super) struct Counted {
    /// How many match in all, exactly.
    total: i64,
}

pub(super) async fn count(ctx: Ctx, input: Narrowed) -> Result<Counted> {
    let query = input.query(&ctx).await?;
    Ok(Counted { total: contact::count(&ctx.app.db, &ctx.scope, &query).await? })
}

/// What a rule in a query means.
async fn rule(ctx: &Ctx, text: Option<&str>) -> Result<Option<Clause>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let rule: Rule = serde_json::from_str(text)
        .map_err(|error| Error::field("rule.unreadable", "rule", format!("This is not a rule: {error}")))?;
    crate::segments::check(ctx, &rule).await?;
    store::require_visible(&ctx.app.db, &ctx.scope, &rule.ids()).await?;
    Ok(Some(segment::compile(&ctx.app.db, &ctx.scope, &rule, ctx.app.clock.now()).await?))
}
