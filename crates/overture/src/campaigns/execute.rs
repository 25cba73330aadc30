//! "Send the next step on this channel now": `POST /campaigns/{id}/execute-sms` and its siblings. It answers at once with
//! a job ([`run`]) that takes the people who are due through the step as the engine would, and counts what became of it.
//! No guard, window, consent or approval is passed over: what may not leave yet waits, and the job says why.

pub mod run;
mod tally;

use crate::{
    error::{Error, Result},
    jobs,
    tool::{Access, Ctx, Tool},
};
use domain::{
    CampaignStatus, Channel,
    ids::{CampaignId, ContactId, JobId, MemberId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    campaign::{self, execution},
    job,
};
use tally::Tally;

/// The kind of its jobs.
pub const KIND: &str = "campaign_execute";

/// Most contacts that can be named.
const MOST: usize = 1_000;

/// Name, route and sentence of each channel's tool.
const TOOLS: [(Channel, &str, &str, &str); 7] = [
    (
        Channel::Email,
        "campaign_execute_email",
        "POST /campaigns/{id}/execute-email",
        "Send the e-mails of a campaign's next step to those who are due, as a job.",
    ),
    (
        Channel::Sms,
        "campaign_execute_sms",
        "POST /campaigns/{id}/execute-sms",
        "Send the texts of a campaign's next step to those who are due, as a job.",
    ),
    (
        Channel::Voicemail,
        "campaign_execute_voicemail",
        "POST /campaigns/{id}/execute-voicemail",
        "Drop the voicemails of a campaign's next step for those who are due, as a job.",
    ),
    (
        Channel::Whatsapp,
        "campaign_execute_whatsapp",
        "POST /campaigns/{id}/execute-whatsapp",
        "Send the WhatsApp messages of a campaign's next step to those who are due, as a job.",
    ),
    (
        Channel::Messenger,
        "campaign_execute_messenger",
        "POST /campaigns/{id}/execute-messenger",
        "Send the Messenger messages of a campaign's next step to those who are due, as a job.",
    ),
    (
        Channel::Tiktok,
        "campaign_execute_tiktok",
        "POST /campaigns/{id}/execute-tiktok",
        "Send the TikTok messages of a campaign's next step to those who are due, as a job.",
    ),
    (
        Channel::Telegram,
        "campaign_execute_telegram",
        "POST /campaigns/{id}/execute-telegram",
        "Write the Telegram messages of a campaign's next step for those who are due, as a job.",
    ),
];

/// The feature's tools.
pub(super) fn tools() -> Vec<Tool> {
    let tool = |(channel, name, route, about): (Channel, &'static str, &'static str, &'static str)| {
        Tool::new(name, route, Access::Send, about, move |ctx, input| execute(ctx, channel, input))
            .gives(jobs::shape)
            .accepted()
    };
    TOOLS.into_iter().map(tool).collect()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Execute {
    /// Id of the campaign.
    id: CampaignId,
    /// Only these contacts; left out: everybody under way who is due. Whoever is named and not due yet is not hurried.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1_000))]
    contact_ids: Option<Vec<ContactId>>,
}

/// What a job has to do and how far it is: its parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    campaign_id: CampaignId,
    channel: Channel,
    /// Who asked; only what they see is touched.
    member_id: Option<MemberId>,
    /// Only these.
    named: Option<Vec<ContactId>>,
    /// The last contact that it reaches.
    upto: String,
    /// The contact behind which it goes on.
    after: String,
    total: i64,
    done: i64,
    tally: Tally,
}

async fn execute(ctx: Ctx, channel: Channel, input: Execute) -> Result<Value> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let c = campaign::get(db, scope, &input.id).await?;
    if c.status != CampaignStatus::Active {
        let text =
            format!("The campaign is {}. Start or resume it first: only one that runs sends", c.status);
        return Err(Error::conflict("campaign.not_running", text));
    }
    let graph = crate::courses::graph_of(&ctx.app, &c.id).await?;
    if !graph.channels().contains(&channel) {
        let text =
            format!("This campaign sends no {}. Add such a step to its funnel first", channel.messages());
        return Err(Error::conflict("campaign.no_such_step", text));
    }
    let mut named = input.contact_ids;
    if named.as_ref().is_some_and(|named| named.is_empty() || named.len() > MOST) {
        return Err(Error::field(
            "contacts.number",
            "contact_ids",
            "Name 1 to 1,000 contacts, or none for all",
        ));
    }
    if let Some(named) = &mut named {
        named.sort_unstable();
        named.dedup();
    }
    let (upto, under_way) = execution::extent(db, scope, &c.id).await?;
    let mut tally = Tally::default();
    let (upto, total) = match &named {
        Some(named) => {
            let last = named.last().map(ToString::to_string).unwrap_or_default();
            let here = execution::among(db, scope, &c.id, named).await?;
            tally.skip_many("not_in_campaign", "They are not in this campaign", named.len() as i64 - here);
            (last, here)
        }
        None => (upto, under_way),
    };
    let order = Order {
        campaign_id: c.id,
        channel,
        member_id: scope.member.clone(),
        named,
        upto,
        after: String::new(),
        total,
        done: 0,
        tally,
    };
    let id = store::new_id(JobId::from_uuid);
    let tx = db.begin_for(scope).await?;
    job::enqueue(&tx, scope, &id, KIND, &serde_json::to_value(&order)?, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    let data = json!({ "job_id": id, "kind": KIND, "campaign_id": order.campaign_id, "progress": 0.0 });
    ctx.app.tell(&scope.workspace, "job.queued", data);
    ctx.app.wake.jobs.notify_one();
    jobs::view(&job::get(db, scope, &id).await?)
}
