//! What an import says of its people beside their values: whose the new ones become, and what all of them agreed to.

use crate::{
    error::{Error, Kind, Result},
    tool::Ctx,
};
use domain::{Channel, consent::MAX_SOURCE, ids::MemberId, template::one_line};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{At, consent::Agreed, member};

/// Most members that take turns.
const MAX_OWNERS: usize = 100;

/// A member, as they were called when the import began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnerRef {
    /// Id.
    pub id: MemberId,
    /// Name.
    pub name: String,
}

/// What the people of a file agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportConsent {
    /// On which channels.
    pub channels: Vec<Channel>,
    /// Where it comes from: a form, an event, a list that was bought.
    pub source: String,
    /// When they said so; the moment of the start when left out.
    #[serde(default)]
    pub at: Option<At>,
}

impl ImportConsent {
    /// As it is kept: each channel once, on one line, with its time.
    pub fn settled(mut self, now: i64) -> Result<Self> {
        self.channels.sort_unstable();
        self.channels.dedup();
        if self.channels.is_empty() {
            let message = "Say on which channels they agreed to be written to";
            return Err(Error::field("consent.channels_missing", "consent.channels", message));
        }
        self.source = one_line(self.source.trim());
        if self.source.is_empty() {
            let message = "Say where this comes from: a form, an event, a call";
            return Err(Error::field("consent.source_missing", "consent.source", message));
        }
        if self.source.chars().count() > MAX_SOURCE {
            let message = format!("Write at most {MAX_SOURCE} characters");
            return Err(Error::field("consent.too_long", "consent.source", message));
        }
        let at = self.at.map_or(now, |at| at.0);
        if at > now {
            let message = "This is in the future. Say when they said so";
            return Err(Error::field("consent.in_future", "consent.at", message));
        }
        self.at = Some(At(at));
        Ok(self)
    }

    /// The same for the database. `now` is for one that was not [`settled`](Self::settled).
    pub fn agreed(&self, now: i64) -> Agreed {
        let at = self.at.map_or(now, |at| at.0);
        Agreed { channels: self.channels.clone(), source: self.source.clone(), at }
    }
}

/// The members that new contacts are given to. Who sees only their own may name themselves.
pub async fn owners(ctx: &Ctx, ids: &[MemberId]) -> Result<Vec<OwnerRef>> {
    let is_own = |id: &MemberId| ctx.scope.member.as_ref() == Some(id);
    if ctx.role == "rep" && !ids.iter().all(is_own) {
        let message = "Only managers and admins give the contacts of an import to somebody else";
        return Err(Error::new(Kind::Forbidden, "import.owner", message));
    }
    if ids.len() > MAX_OWNERS {
        let message = format!("Name at most {MAX_OWNERS} people");
        return Err(Error::field("import.too_many_owners", "owner_ids", message));
    }
    let mut owners: Vec<OwnerRef> = Vec::with_capacity(ids.len());
    for id in ids {
        let member = member::get(&ctx.app.db, &ctx.scope, id).await?;
        if member.disabled_at.is_some() {
            let message = format!("{} may no longer come in. Choose somebody else", member.name);
            return Err(Error::field("member.disabled", "owner_ids", message));
        }
        if owners.iter().all(|owner| owner.id != member.id) {
            owners.push(OwnerRef { id: member.id, name: member.name });
        }
    }
    Ok(owners)
}
