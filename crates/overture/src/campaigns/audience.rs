//! Whom a campaign is for.

use crate::{
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    ids::{CampaignId, ContactId, MemberId, SetId},
    segment::Rule,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::contact::{Query, Sought};

/// Who is to be enrolled.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// Everybody that this import created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_id: Option<domain::ids::ImportId>,
    /// Everybody in this campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<CampaignId>,
    /// Everybody in the book of this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<MemberId>,
    /// Exactly these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_ids: Option<Vec<ContactId>>,
    /// Everybody that this search finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Everybody with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Everybody in this tag, list or segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_id: Option<SetId>,
    /// Everybody that this rule finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl Audience {
    /// The query that finds it; an audience that names nobody is a mistake.
    pub async fn query(&self, ctx: &Ctx) -> Result<Query> {
        if let Some(rule) = &self.rule {
            crate::segments::check(ctx, rule).await?;
        }
        let search = store::contact::sought(&ctx.app.db, &ctx.scope, self.search.as_deref()).await?;
        let query = self.meaning(&ctx.app.db, &ctx.scope, search, ctx.app.clock.now()).await?;
        let narrow = [
            query.campaign.is_some(),
            query.search.is_some(),
            query.status.is_some(),
            query.import.is_some(),
            query.owner.is_some(),
            query.ids.is_some(),
            query.set.is_some(),
            query.rule.is_some(),
        ]
        .contains(&true);
        if !narrow && self.all != Some(true) {
            return Err(Error::field(
                "audience.empty",
                "audience",
                "Say who is meant: all, an import, a campaign, a search, a status, a member's book, a tag, list or segment, a rule, or contacts",
            ));
        }
        Ok(query)
    }

    /// The query that finds whom it meant at an instant, where its text has been understood.
    pub(crate) async fn meaning(
        &self,
        db: &store::Db,
        scope: &store::Scope,
        search: Option<Sought>,
        at: i64,
    ) -> Result<Query> {
        let rule = match &self.rule {
            Some(rule) => Some(store::segment::compile(db, scope, rule, at).await?),
            None => None,
        };
        Ok(Query {
            search,
            status: self.status.clone().filter(|s| !s.is_empty()),
            campaign: self.campaign_id.clone(),
            import: self.import_id.as_ref().map(ToString::to_string),
            owner: self.owner_id.clone(),
            company: None,
            ids: self.contact_ids.clone(),
            set: self.set_id.as_ref().map(|id| id.as_str().to_owned()),
            rule,
            came_to: None,
            between: None,
        })
    }
}
