//! Uncertain messages that only a person can settle, seen and settled many at a time.
//!
//! What a person decides about is what they were told of: messages that have been waiting since before the look at which
//! they were counted ([`Look::as_of`]). Such a set only ever shrinks. What comes into doubt later, also because it was
//! sent again on that very word, is behind the look and needs a word of its own. What a node that lives may still be
//! sending is left out, too: that is for the reconciler, or to be decided one by one.

use crate::{
    Db, Result, Scope, Tx,
    sql::{Filter, binds, now_ms, rows, scalar},
};
use domain::{
    Channel,
    ids::{CampaignId, MessageId, SenderId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Which of them. All that is given has to fit.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// How they travel.
    pub channel: Option<Channel>,
    /// The account that they leave from.
    pub sender: Option<SenderId>,
    /// The campaign that they are of.
    pub campaign: Option<CampaignId>,
    /// Only those of no campaign.
    pub by_hand: bool,
}

/// How many there are.
#[derive(Debug, Clone)]
pub struct Look {
    /// Before which instant they have been waiting, in milliseconds by the database's own clock.
    pub as_of: i64,
    /// Messages.
    pub messages: i64,
    /// People whom they are for.
    pub people: i64,
    /// Messages that may still be settled without anybody: their provider is asked, or their sender is waited for.
    pub looked_up: i64,
}

/// Those of one campaign and one sender.
#[derive(Debug, Clone, FromQueryResult, serde::Serialize, schemars::JsonSchema)]
pub struct Group {
    /// The campaign; null where they are of none.
    pub campaign_id: Option<CampaignId>,
    /// Its name.
    pub campaign_name: Option<String>,
    /// The account that they leave from.
    pub sender_id: SenderId,
    /// Its address.
    pub sender_address: String,
    /// How they travel.
    pub channel: Channel,
    /// How many there are.
    pub messages: i64,
}

/// Whose a message is: its conversation's.
const OWNER: &str = "(select o.owner_id from conversations o where o.id = m.conversation_id)";
/// Only a person can tell, and nobody is sending it. The second condition lets SQLite see that the partial index of states
/// serves.
const WAITS: &str =
    "m.status = 'uncertain' and m.status <> 'sending' and m.needs_decision = 1 and m.lease_until = 0";

impl Which {
    fn filter(&self, scope: &Scope) -> Filter {
        let mut filter = Filter::of(scope, "m.workspace_id");
        filter.own(scope, OWNER);
        if let Some(channel) = self.channel {
            filter.and("m.channel = ?", binds![channel]);
        }
        if let Some(sender) = &self.sender {
            filter.and("m.sender_id = ?", binds![sender]);
        }
        if let Some(campaign) = &self.campaign {
            filter.and("m.campaign_id = ?", binds![campaign]);
        }
        if self.by_hand {
            filter.and("m.campaign_id is null", vec![]);
        }
        filter
    }

    fn waiting(&self, scope: &Scope, as_of: i64) -> Filter {
        let mut filter = self.filter(scope);
        filter.and(&format!("{WAITS} and m.settle_at < ?"), binds![as_of]);
        filter
    }
}

/// Counts them, as of now.
pub async fn look(db: &Db, scope: &Scope, which: &Which) -> Result<Look> {
    let clock = format!("select {} as value", now_ms(db.backend()));
    let as_of = scalar(&db.read, &clock, vec![]).await?.unwrap_or(0);
    look_as_of(db, scope, which, as_of).await
}

/// Counts what is left of those of an earlier look.
pub async fn look_as_of(db: &Db, scope: &Scope, which: &Which, as_of: i64) -> Result<Look> {
    #[derive(FromQueryResult)]
    struct Sum {
        messages: i64,
        people: i64,
    }
    let filter = which.waiting(scope, as_of);
    let sql = format!(
        "select count(*) as messages, count(distinct coalesce(m.contact_id, m.to_key)) as people from messages m where {}",
        filter.sql
    );
    let sum: Option<Sum> = rows(&db.reader(scope), &sql, filter.values).await?.pop();
    let mut filter = which.filter(scope);
    filter.and(
        "m.status = 'uncertain' and m.status <> 'sending' and (m.needs_decision = 0 or m.lease_until > 0)",
        vec![],
    );
    let sql = format!("select count(*) as value from messages m where {}", filter.sql);
    let looked_up = scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0);
    let (messages, people) = sum.map_or((0, 0), |sum| (sum.messages, sum.people));
    Ok(Look { as_of, messages, people, looked_up })
}

/// Where they are, the most first; `limit` bounds the answer.
pub async fn groups(db: &Db, scope: &Scope, limit: i64) -> Result<Vec<Group>> {
    let mut filter = Which::default().filter(scope);
    filter.and(WAITS, vec![]);
    let n = filter.next();
    filter.values.push(limit.into());
    let sql = format!(
        "select w.campaign_id, p.name as campaign_name, w.sender_id, s.address as sender_address, w.channel, w.messages
         from (select m.campaign_id, m.sender_id, m.channel, count(*) as messages from messages m where {}
               group by m.campaign_id, m.sender_id, m.channel) w
           join senders s on s.id = w.sender_id left join campaigns p on p.id = w.campaign_id
         order by w.messages desc, w.sender_id, w.campaign_id limit ${n}",
        filter.sql
    );
    rows(&db.reader(scope), &sql, filter.values).await
}

/// Some of them, oldest first, to be settled in this transaction: nobody else settles them until it ends. None may come
/// although some are left, where others settled those that this waited for; [`look_as_of`] tells.
pub async fn take(tx: &Tx, scope: &Scope, which: &Which, as_of: i64, limit: i64) -> Result<Vec<MessageId>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: MessageId,
    }
    let lock = match tx.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "",
        _ => " for no key update of m",
    };
    let mut filter = which.waiting(scope, as_of);
    let n = filter.next();
    filter.values.push(limit.into());
    let sql = format!(
        "select m.id from messages m where {} order by m.created_at, m.id limit ${n}{lock}",
        filter.sql
    );
    let found: Vec<Found> = rows(tx, &sql, filter.values).await?;
    Ok(found.into_iter().map(|one| one.id).collect())
}
