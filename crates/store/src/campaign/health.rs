//! A campaign, or a sender, of whose messages too many come back, are marked as spam, or make people opt out, pauses by
//! itself (`domain::health`). Counted where it is recorded: nothing is scanned.

use super::set_status;
use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run, scalar},
    workspace,
};
use domain::{
    CampaignStatus, Channel,
    health::{Harm, Sample, is_looked_at, problem},
    ids::{CampaignId, ContactId, ConversationId, SenderId},
};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// What paused because of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paused {
    /// The campaign.
    pub campaign: Option<CampaignId>,
    /// The sender.
    pub sender: Option<SenderId>,
}

/// Whose message it was.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Its campaign, if it is of one.
    pub campaign: Option<&'a CampaignId>,
    /// Its sender.
    pub sender: &'a SenderId,
    /// Whether it had left: one that was refused at the door was tried, and never sent.
    pub had_left: bool,
}

/// Notes what happened to a message, and pauses its campaign and its sender where that makes too many.
pub async fn harmed(tx: &Tx, scope: &Scope, of: Of<'_>, harm: Harm, now: i64) -> Result<Paused> {
    let mut paused = Paused::default();
    if let Some(campaign) = of.campaign
        && harmed_campaign(tx, scope, campaign, of.had_left, harm, now).await?
    {
        paused.campaign = Some(campaign.clone());
    }
    if harmed_sender(tx, scope, of.sender, harm).await? {
        paused.sender = Some(of.sender.clone());
    }
    Ok(paused)
}

/// The column that counts a harm.
const fn column(harm: Harm) -> &'static str {
    match harm {
        Harm::Bounced => "bounces",
        Harm::Complained => "complaints",
        Harm::OptedOut => "opt_outs",
    }
}

async fn harmed_campaign(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    had_left: bool,
    harm: Harm,
    now: i64,
) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Counted {
        harmed: i64,
        refusals: i64,
        sent_before: i64,
    }
    let column = column(harm);
    let sql = format!(
        "update campaigns set {column} = {column} + 1, refusals = refusals + $3
         where workspace_id = $1 and id = $2 and status = 'active' returning {column} as harmed, refusals, sent_before"
    );
    let counted: Option<Counted> = row(tx, &sql, binds![scope.ws(), id, i64::from(!had_left)]).await?;
    let Some(Counted { harmed, refusals, sent_before }) = counted else { return Ok(false) };
    if !is_looked_at(harmed) {
        return Ok(false);
    }
    let thresholds = workspace::thresholds(tx, scope).await?;
    let enough = thresholds.of(harm).sample_that_clears(harmed);
    let tried = sent(tx, scope, id, sent_before + enough).await? - sent_before + refusals;
    let Some(problem) = problem(harm, &thresholds, Sample { tried, harmed }) else { return Ok(false) };
    match set_status(tx, scope, id, &[CampaignStatus::Active], CampaignStatus::Paused, now).await {
        Err(Error::Conflict(_)) => return Ok(false),
        other => other?,
    }
    let sql = "update campaigns set problem = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, problem]).await?;
    Ok(true)
}

async fn harmed_sender(tx: &Tx, scope: &Scope, id: &SenderId, harm: Harm) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Counted {
        harmed: i64,
        tried: i64,
    }
    let column = column(harm);
    let sql = format!(
        "update senders set {column} = {column} + 1 where workspace_id = $1 and id = $2 and status = 'active'
         returning {column} as harmed, tried - tried_before as tried"
    );
    let counted: Option<Counted> = row(tx, &sql, binds![scope.ws(), id]).await?;
    let Some(Counted { harmed, tried }) = counted else { return Ok(false) };
    let Some(problem) = problem(harm, &workspace::thresholds(tx, scope).await?, Sample { tried, harmed })
    else {
        return Ok(false);
    };
    let sql = "update senders set status = 'paused', problem = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, problem]).await?;
    workspace::guards_changed(tx, scope).await?;
    Ok(true)
}

/// Begins to count anew: whoever resumes a campaign has seen why it paused.
pub(super) async fn forget(tx: &Tx, scope: &Scope, id: &CampaignId, now: i64) -> Result<()> {
    let sent = sent(tx, scope, id, i64::MAX).await?;
    let sql = "update campaigns set bounces = 0, refusals = 0, complaints = 0, opt_outs = 0, sent_before = $3, watched_at = $4
         where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, sent, now]).await?;
    Ok(())
}

/// The same for a sender.
pub async fn forget_sender(tx: &Tx, scope: &Scope, id: &SenderId, now: i64) -> Result<()> {
    let sql =
        "update senders set bounces = 0, complaints = 0, opt_outs = 0, tried_before = tried, watched_at = $3
         where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, now]).await?;
    Ok(())
}

/// How many messages left, counted no further than `enough`.
async fn sent(tx: &Tx, scope: &Scope, id: &CampaignId, enough: i64) -> Result<i64> {
    let sql = "select count(*) as value from
         (select 1 from events where workspace_id = $1 and campaign_id = $2 and kind = 'sent' limit $3) as left_us";
    Ok(scalar(tx, sql, binds![scope.ws(), id, enough]).await?.unwrap_or(0))
}

/// What is counted of a campaign now.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Watched {
    /// Since when; `None` since it started.
    pub watched_at: Option<At>,
    /// When it started.
    pub started_at: Option<At>,
    /// Messages that left, or were refused at the door.
    pub tried: i64,
    /// Those that came back.
    pub bounces: i64,
    /// Those that were marked as spam.
    pub complaints: i64,
    /// Those after which somebody opted out.
    pub opt_outs: i64,
}

/// See [`Watched`].
pub async fn watched(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Watched> {
    let sql = "select watched_at, started_at, bounces, complaints, opt_outs, refusals - sent_before
           + (select count(*) from events v where v.workspace_id = $1 and v.campaign_id = $2 and v.kind = 'sent') as tried
         from campaigns where workspace_id = $1 and id = $2";
    row(&db.reader(scope), sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("campaign"))
}

/// A message that went wrong.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Harmed {
    /// What happened: `bounced`, `complained` or `opted_out`.
    pub kind: String,
    /// When.
    pub at: At,
    /// Who.
    pub contact_id: Option<ContactId>,
    /// Their name.
    pub contact_name: Option<String>,
    /// The thread that it stands in.
    pub conversation_id: Option<ConversationId>,
    /// On which channel.
    pub channel: Option<Channel>,
    /// What was said about it.
    pub text: Option<String>,
}

/// The newest that were counted, at most `limit` of each kind. For those who see all of the campaign's people.
pub async fn newest_harmed(
    db: &Db,
    scope: &Scope,
    id: &CampaignId,
    since: i64,
    limit: i64,
) -> Result<Vec<Harmed>> {
    let of = |harm: Harm| {
        format!(
            "select * from (select v.kind, v.at, v.id, v.contact_id, v.message_id, v.data from events v
               where v.workspace_id = $1 and v.campaign_id = $2 and v.kind = '{harm}' and v.at >= $3
               order by v.at desc, v.id desc limit $4) as {harm}_ones"
        )
    };
    let sql = format!(
        "select v.kind, v.at, v.contact_id, m.conversation_id, m.channel, v.data as text,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone) as contact_name
         from ({} union all {} union all {}) v
           left join messages m on m.id = v.message_id
           left join contacts c on c.workspace_id = $1 and c.id = v.contact_id
         where {}
         order by v.at desc, v.id desc",
        of(Harm::Bounced),
        of(Harm::Complained),
        of(Harm::OptedOut),
        crate::scope::is_theirs("c.owner_id", 5)
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), id, since, limit, scope.whose()]).await
}
