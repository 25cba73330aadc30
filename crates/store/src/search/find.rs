//! Answering the search box.

use super::{Kind, Question, spelling, typed};
use crate::{
    Db, Result, Scope,
    contact::have_address,
    scope::is_theirs,
    sql::{At, Filter, binds, listed, rows, text_list},
};
use domain::{
    Channel,
    ids::{CampaignId, CompanyId, ContactId, ConversationId, TargetId},
    search::{fit, words},
};
use sea_orm::FromQueryResult;
use serde::Serialize;
use std::cmp::Reverse;

/// So many of those that fit are looked at to find out which fit best, of each of three ways to fit: the newest, or as many
/// as are easily found.
const CANDIDATES: i64 = 200;
/// So many are looked at in all.
const LOOKED_AT: i64 = 3 * CANDIDATES;
/// The newest campaigns are looked at.
const CAMPAIGNS: i64 = 1_000;

/// A person.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct FoundContact {
    /// Id.
    pub id: ContactId,
    /// Both names, else the address.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// The account's name.
    pub company: Option<String>,
}

/// An account.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct FoundCompany {
    /// Id.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// Web domain.
    pub domain: Option<String>,
}

/// Somebody who is to be researched. Who is a contact by now is found as that.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct FoundTarget {
    /// Id.
    pub id: TargetId,
    /// Who or what it is.
    pub name: String,
    /// The account's name.
    pub company: Option<String>,
    /// Where it stands.
    pub state: String,
}

/// A thread with somebody who was found, or at an address that was asked for.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct FoundConversation {
    /// Id.
    pub id: ConversationId,
    /// With whom; null while unmatched.
    pub contact_id: Option<ContactId>,
    /// Their name, else their address.
    pub contact_name: String,
    /// On which channel.
    pub channel: Channel,
    /// First words of the last message.
    pub last_snippet: String,
    /// When.
    pub last_at: At,
}

/// A campaign.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct FoundCampaign {
    /// Id.
    pub id: CampaignId,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub status: String,
}

/// What was found, the best first.
#[derive(Debug, Clone, Default, Serialize, schemars::JsonSchema)]
pub struct Results {
    /// People.
    pub contacts: Vec<FoundContact>,
    /// Accounts.
    pub companies: Vec<FoundCompany>,
    /// Whom somebody means to research.
    pub targets: Vec<FoundTarget>,
    /// Threads, the newest first.
    pub conversations: Vec<FoundConversation>,
    /// Campaigns.
    pub campaigns: Vec<FoundCampaign>,
    /// What was looked for instead, since nothing is called what was typed.
    pub corrected: Option<String>,
}

/// What is looked for, and how much of it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most of each kind.
    pub each: usize,
    /// Whether people are wanted.
    pub contacts: bool,
    /// Whether accounts are.
    pub companies: bool,
    /// Whether targets are.
    pub targets: bool,
    /// Whether threads are.
    pub conversations: bool,
    /// Whether campaigns are.
    pub campaigns: bool,
}

/// Finds things by what somebody typed. `address` is that as an address is compared, where it is one: who has it is
/// what was meant. Where nothing is called so, the nearest names are tried.
pub async fn find(
    db: &Db,
    scope: &Scope,
    text: &str,
    address: Option<&str>,
    limits: Limits,
) -> Result<Results> {
    let Some(question) = Question::of(text) else { return Ok(Results::default()) };
    let mut found = answer(db, scope, &question, &typed(text), address, limits).await?;
    if limits.campaigns {
        found.campaigns = campaigns(db, scope, &typed(text), limits.each).await?;
    }
    let is_empty = found.contacts.is_empty()
        && found.companies.is_empty()
        && found.targets.is_empty()
        && found.conversations.is_empty()
        && found.campaigns.is_empty();
    // An address is somebody's or nobody's: whose is nearly so is somebody else.
    if is_empty
        && address.is_none()
        && let Some(question) = spelling::corrected(db, scope, &question).await?
    {
        let spelled = question.spelled();
        found = answer(db, scope, &question, &words(&spelled), None, limits).await?;
        let is_something =
            !found.contacts.is_empty() || !found.companies.is_empty() || !found.targets.is_empty();
        found.corrected = is_something.then_some(spelled);
    }
    Ok(found)
}

async fn answer(
    db: &Db,
    scope: &Scope,
    question: &Question,
    typed: &[String],
    address: Option<&str>,
    limits: Limits,
) -> Result<Results> {
    let mut found = Results::default();
    if limits.contacts || limits.conversations {
        found.contacts = contacts(db, scope, question, typed, address, limits.each).await?;
    }
    // A whole address is a person's, not a company's.
    if limits.companies && (address.is_none() || found.contacts.is_empty()) {
        found.companies = companies(db, scope, question, typed, limits.each).await?;
    }
    if limits.targets {
        found.targets = targets(db, scope, question, typed, limits.each).await?;
    }
    if limits.conversations {
        found.conversations = conversations(db, scope, &found.contacts, address, limits.each).await?;
    }
    if !limits.contacts {
        found.contacts.clear();
    }
    Ok(found)
}

/// Narrows a filter to candidates: of all that have the words the newest, or all of them for whoever sees a part alone.
async fn narrow(
    filter: &mut Filter,
    (db, scope): (&Db, &Scope),
    question: &Question,
    (kind, id): (Kind, &str),
    enough: usize,
) -> Result<()> {
    if scope.only().is_some() {
        question.narrow(filter, scope, db.backend(), (kind, id));
        return Ok(());
    }
    let ids = question.candidates(db, scope, kind, (enough, CANDIDATES)).await?;
    filter.sql += &format!(" and {id} in {}", listed(db.backend(), filter.next()));
    filter.values.push(text_list(&ids).into());
    Ok(())
}

async fn contacts(
    db: &Db,
    scope: &Scope,
    question: &Question,
    typed: &[String],
    address: Option<&str>,
    each: usize,
) -> Result<Vec<FoundContact>> {
    const SELECT: &str = "select c.id, c.email, c.phone, c.company,
        coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone, '') as name
      from contacts c";
    if let Some(address) = address {
        let sql = format!(
            "{SELECT} where c.workspace_id = $1 and c.id in {} and {} order by c.id desc limit {CANDIDATES}",
            have_address(),
            is_theirs("c.owner_id", 3)
        );
        let mut exact: Vec<FoundContact> =
            rows(&db.reader(scope), &sql, binds![scope.ws(), address, scope.whose()]).await?;
        exact.truncate(each);
        if !exact.is_empty() {
            return Ok(exact);
        }
    }
    let mut filter = Filter::of(scope, "c.workspace_id");
    filter.own(scope, "c.owner_id");
    narrow(&mut filter, (db, scope), question, (Kind::Contact, "c.id"), each).await?;
    let sql = format!("{SELECT} where {} order by c.id desc limit {LOOKED_AT}", filter.sql);
    let mut found: Vec<FoundContact> = rows(&db.reader(scope), &sql, filter.values).await?;
    found.sort_by_cached_key(|contact| Reverse(fit(typed, &words(&contact.name))));
    found.truncate(each);
    Ok(found)
}

/// Whoever sees their own book alone knows the companies that are in it, and their own.
async fn companies(
    db: &Db,
    scope: &Scope,
    question: &Question,
    typed: &[String],
    each: usize,
) -> Result<Vec<FoundCompany>> {
    let mut filter = Filter::of(scope, "p.workspace_id");
    narrow(&mut filter, (db, scope), question, (Kind::Company, "p.id"), each).await?;
    if let Some(me) = scope.only() {
        filter.and(
            "(p.owner_id = ? or p.id in (select c.company_id from contacts c where c.workspace_id = $1 and c.owner_id = ?))",
            binds![me, me],
        );
    }
    let sql = format!(
        // In an order that no index has: SQLite would walk all companies by their ids, to have them in order.
        "select p.id, p.name, p.domain from companies p where {} order by p.id || '' desc limit {LOOKED_AT}",
        filter.sql
    );
    let mut found: Vec<FoundCompany> = rows(&db.reader(scope), &sql, filter.values).await?;
    found.sort_by_cached_key(|company| Reverse(fit(typed, &words(&company.name))));
    found.truncate(each);
    Ok(found)
}

async fn targets(
    db: &Db,
    scope: &Scope,
    question: &Question,
    typed: &[String],
    each: usize,
) -> Result<Vec<FoundTarget>> {
    let mut filter = Filter::of(scope, "t.workspace_id");
    filter.own(scope, "t.owner_id");
    // Those that are contacts by now are among those that have the words.
    question.narrow(&mut filter, scope, db.backend(), (Kind::Target, "t.id"));
    let sql = format!(
        "select t.id, t.name, t.company, t.state from targets t where {} and t.contact_id is null
         order by t.id desc limit {CANDIDATES}",
        filter.sql
    );
    let mut found: Vec<FoundTarget> = rows(&db.reader(scope), &sql, filter.values).await?;
    found.sort_by_cached_key(|target| Reverse(fit(typed, &words(&target.name))));
    found.truncate(each);
    Ok(found)
}

async fn conversations(
    db: &Db,
    scope: &Scope,
    contacts: &[FoundContact],
    address: Option<&str>,
    each: usize,
) -> Result<Vec<FoundConversation>> {
    let sql = format!(
        "select v.id, v.contact_id, v.channel, v.last_snippet, v.last_at,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), v.address) as contact_name
         from (select k.id from conversations k where k.workspace_id = $1 and k.contact_id in {among}
               union
               select k.id from conversations k join senders s on s.workspace_id = k.workspace_id and s.id = k.sender_id
               where k.workspace_id = $1 and k.channel = s.channel and k.address_key = $3) as theirs
         cross join conversations v left join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
         where v.workspace_id = $1 and v.id = theirs.id and v.merged_into_id is null and {theirs}
         order by v.last_at desc, v.id desc limit $5",
        among = listed(db.backend(), 2),
        theirs = is_theirs("v.owner_id", 4),
    );
    let ids = text_list(contacts.iter().map(|contact| contact.id.as_str()));
    let limit = i64::try_from(each).unwrap_or(i64::MAX);
    rows(&db.reader(scope), &sql, binds![scope.ws(), ids, address.unwrap_or(""), scope.whose(), limit]).await
}

async fn campaigns(db: &Db, scope: &Scope, typed: &[String], each: usize) -> Result<Vec<FoundCampaign>> {
    let mut filter = Filter::of(scope, "p.workspace_id");
    filter.own(scope, "p.owner_id");
    let sql = format!(
        "select p.id, p.name, p.status from campaigns p where {} order by p.id desc limit {CAMPAIGNS}",
        filter.sql
    );
    let mut found: Vec<FoundCampaign> = rows(&db.reader(scope), &sql, filter.values).await?;
    found.retain(|campaign| fit(typed, &words(&campaign.name)) > 0);
    found.sort_by_cached_key(|campaign| Reverse(fit(typed, &words(&campaign.name))));
    found.truncate(each);
    Ok(found)
}
