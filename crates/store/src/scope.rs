//! Who is asking, and how much of the workspace they see. No tenant row is read or written without one.
//!
//! The workspace is in every statement. What a member may see of it is decided in two places: every list, count and
//! look-up here narrows itself by [`Scope::only`], and [`require_visible`] refuses, before anything else happens,
//! whatever a caller names that is not theirs.

use crate::{
    Db, Result,
    error::Error,
    sql::{binds, listed, rows, text_list},
};
use domain::ids::{
    BulkActionId, CampaignId, CompanyId, ContactId, ConversationId, CustomFieldId, FunnelId, IcpProfileId,
    ImportId, InboundEventId, JobId, LabelId, ListId, MacroId, MacroRunId, MappingId, MemberId, MergeId,
    MessageId, NoteId, NotificationId, SegmentId, SenderId, TagId, TargetId, TaskId, ViewId, WebhookId,
    WorkspaceId,
};
use sea_orm::FromQueryResult;
use std::collections::{HashMap, HashSet};

/// How much of a workspace somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Workspace,
    /// What they own: their contacts, and what hangs on these; their campaigns, imports and jobs.
    Own,
}

impl Sight {
    /// What a role sees in a workspace of this visibility: a rep sees their own book, unless the workspace shares.
    pub fn of(role: &str, visibility: &str) -> Self {
        match (role, visibility) {
            ("admin" | "manager", _) | (_, "shared") => Self::Workspace,
            _ => Self::Own,
        }
    }
}

/// The workspace a query is confined to, the member on whose behalf it runs, and what they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Every statement filters on it.
    pub workspace: WorkspaceId,
    /// `None` for the product's own work (loops, imports).
    pub member: Option<MemberId>,
    sight: Sight,
}

impl Scope {
    /// The scope of a member.
    pub fn member(workspace: WorkspaceId, member: MemberId, sight: Sight) -> Self {
        Self { workspace, member: Some(member), sight }
    }

    /// The scope of background work inside one workspace.
    pub fn system(workspace: WorkspaceId) -> Self {
        Self { workspace, member: None, sight: Sight::Workspace }
    }

    /// How much they see.
    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// The member whose things alone may be seen; `None` for somebody who sees everything.
    pub fn only(&self) -> Option<&MemberId> {
        self.member.as_ref().filter(|_| self.sight == Sight::Own)
    }

    /// Whether something with this owner may be seen.
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.only().is_none_or(|me| owner == Some(me.as_str()))
    }

    pub(crate) fn ws(&self) -> &str {
        self.workspace.as_str()
    }

    /// [`only`](Self::only) as a value of [`is_theirs`].
    pub(crate) fn whose(&self) -> Option<String> {
        self.only().map(ToString::to_string)
    }
}

/// A condition that a row's owner is the member in `$n`, which is null for those who see everything.
pub(crate) fn is_theirs(owner: &str, n: usize) -> String {
    format!("(cast(${n} as text) is null or {owner} = ${n})")
}

/// Refuses what is not to be seen: everything among `named` must exist in the workspace, and where its noun has an owner
/// it must be theirs, if they see their own things only. What is not is told as [`Error::NotFound`], as if it did not
/// exist.
pub async fn require_visible(db: &Db, scope: &Scope, named: &[&str]) -> Result<()> {
    for owned in OWNED.iter().chain(SHARED) {
        let ids = owned.among(named);
        if ids.is_empty() {
            continue;
        }
        let found = owned.find(db, scope, &ids).await?;
        let me = scope.only().filter(|_| owned.owner != NOBODYS);
        let may_see = |f: &Found| me.is_none_or(|me| f.owner.as_deref() == Some(me.as_str()));
        let seen: HashSet<&str> = found.iter().filter(|f| may_see(f)).map(|f| f.id.as_str()).collect();
        if !ids.iter().all(|id| seen.contains(id)) {
            return Err(Error::NotFound(owned.noun));
        }
    }
    Ok(())
}

/// The owners of what is named in a workspace, for those who tell owners of changes.
pub async fn owners_of(db: &Db, scope: &Scope, named: &[&str]) -> Result<HashMap<String, String>> {
    let mut owners = HashMap::new();
    for owned in OWNED {
        let ids = owned.among(named);
        if !ids.is_empty() {
            let found = owned.find(db, scope, &ids).await?;
            owners.extend(found.into_iter().filter_map(|f| Some((f.id, f.owner?))));
        }
    }
    Ok(owners)
}

/// A noun that has an owner. Whatever has none of its own has that of its contact.
struct Owned {
    prefix: &'static str,
    noun: &'static str,
    table: &'static str,
    /// Who it is, of the row `x`.
    owner: &'static str,
}

#[derive(FromQueryResult)]
struct Found {
    id: String,
    owner: Option<String>,
}

impl Owned {
    fn among<'a>(&self, named: &[&'a str]) -> Vec<&'a str> {
        let is_one = |id: &&&str| id.split_once('_').is_some_and(|(prefix, _)| prefix == self.prefix);
        named.iter().filter(is_one).copied().collect()
    }

    async fn find(&self, db: &Db, scope: &Scope, ids: &[&str]) -> Result<Vec<Found>> {
        let Self { table, owner, .. } = self;
        let sql = format!(
            "select x.id, cast({owner} as text) as owner from {} as among cross join {table} x
             where x.workspace_id = $1 and x.id = among.v",
            listed(db.backend(), 2)
        );
        rows(&db.reader(scope), &sql, binds![scope.ws(), text_list(ids)]).await
    }
}

/// In place of an owner: everybody in the workspace may see it.
const NOBODYS: &str = "null";

/// What may be named inside the input of a tool and belongs to the workspace as a whole.
const SHARED: &[Owned] = &[
    Owned { prefix: FunnelId::PREFIX, noun: "funnel", table: "funnels", owner: NOBODYS },
    Owned { prefix: MappingId::PREFIX, noun: "saved mapping", table: "saved_mappings", owner: NOBODYS },
    // Whose it is, and whether it is shared, `saved_view` asks itself: of what is private admins see nothing either.
    Owned { prefix: ViewId::PREFIX, noun: "view", table: "saved_views", owner: NOBODYS },
    Owned { prefix: MemberId::PREFIX, noun: "member", table: "members", owner: NOBODYS },
    Owned { prefix: SenderId::PREFIX, noun: "sender", table: "senders", owner: NOBODYS },
    Owned { prefix: WebhookId::PREFIX, noun: "webhook", table: "webhooks", owner: NOBODYS },
    Owned { prefix: CustomFieldId::PREFIX, noun: "custom field", table: "custom_fields", owner: NOBODYS },
    Owned {
        prefix: IcpProfileId::PREFIX,
        noun: "ICP profile",
        table: "(select id, workspace_id from icp_profiles where gone_at is null)",
        owner: NOBODYS,
    },
    Owned { prefix: LabelId::PREFIX, noun: "label", table: "labels", owner: NOBODYS },
    Owned { prefix: MacroId::PREFIX, noun: "macro", table: "macros", owner: NOBODYS },
    Owned { prefix: TagId::PREFIX, noun: "tag", table: "contact_sets", owner: NOBODYS },
    Owned { prefix: ListId::PREFIX, noun: "list", table: "contact_sets", owner: NOBODYS },
    Owned { prefix: SegmentId::PREFIX, noun: "segment", table: "contact_sets", owner: NOBODYS },
];

const OWNED: &[Owned] = &[
    // Whose people are with it, and whose it is itself: one row for each.
    Owned {
        prefix: CompanyId::PREFIX,
        noun: "company",
        table: "(select p.id, p.workspace_id, p.owner_id from companies p
                 union select c.company_id, c.workspace_id, c.owner_id from contacts c where c.company_id is not null)",
        owner: "x.owner_id",
    },
    Owned { prefix: ContactId::PREFIX, noun: "contact", table: "contacts", owner: "x.owner_id" },
    Owned {
        prefix: ConversationId::PREFIX,
        noun: "conversation",
        table: "conversations",
        owner: "x.owner_id",
    },
    Owned {
        prefix: MessageId::PREFIX,
        noun: "message",
        table: "messages",
        owner: "(select v.owner_id from conversations v where v.id = x.conversation_id)",
    },
    Owned {
        prefix: NoteId::PREFIX,
        noun: "note",
        table: "notes",
        owner: "(select v.owner_id from conversations v where v.id = x.conversation_id)",
    },
    Owned {
        prefix: NotificationId::PREFIX,
        noun: "notification",
        table: "notifications",
        owner: "x.member_id",
    },
    Owned { prefix: MacroRunId::PREFIX, noun: "run of a macro", table: "macro_runs", owner: "x.member_id" },
    Owned { prefix: TargetId::PREFIX, noun: "target", table: "targets", owner: "x.owner_id" },
    Owned { prefix: CampaignId::PREFIX, noun: "campaign", table: "campaigns", owner: "x.owner_id" },
    Owned { prefix: ImportId::PREFIX, noun: "import", table: "imports", owner: "x.owner_id" },
    Owned { prefix: BulkActionId::PREFIX, noun: "bulk action", table: "bulk_actions", owner: "x.owner_id" },
    Owned { prefix: JobId::PREFIX, noun: "job", table: "jobs", owner: "x.created_by" },
    Owned {
        prefix: MergeId::PREFIX,
        noun: "merge",
        table: "merges",
        owner: "(select c.owner_id from contacts c where c.workspace_id = x.workspace_id and c.id = x.survivor_id)",
    },
    Owned {
        prefix: TaskId::PREFIX,
        noun: "task",
        table: "tasks",
        owner: "(select c.owner_id from contacts c where c.workspace_id = x.workspace_id and c.id = x.contact_id)",
    },
    // Whose a dead letter would be is what nobody could find out.
    Owned {
        prefix: InboundEventId::PREFIX,
        noun: "dead letter",
        table: "inbound_events",
        owner: "cast(null as text)",
    },
];
