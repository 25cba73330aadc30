-- One action on many contacts, as a job, and for a while its way back ---------------------------------
create table bulk_actions (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- Who asked: it acts on what they see.
  owner_id {key},
  job_id {key} not null,
  -- What is done, as JSON.
  action text not null,
  -- The tag, list or member that it names.
  target_id {key},
  -- With whom, as JSON; `{}` once it is over: what was searched for may be somebody's name.
  audience text not null,
  -- Contacts are walked by their ids: behind this one it goes on, up to the newest there was.
  after {key} not null default '',
  upto {key} not null,
  -- How many there were when it was asked for.
  total bigint not null,
  changed bigint not null default 0,
  unchanged bigint not null default 0,
  created_at bigint not null,
  -- Null as well when it was stopped or given up.
  completed_at bigint,
  undo_job_id {key},
  undo_by {key},
  undo_asked_at bigint,
  undone_at bigint,
  undone bigint not null default 0,
  left_alone bigint not null default 0
);
create index bulk_actions_newest on bulk_actions (workspace_id, created_at desc, id desc);
create index bulk_actions_audience on bulk_actions (created_at) where audience <> '{}';

-- Whom it changed, until that is undone or too old.
create table bulk_changes (
  workspace_id {key} not null references workspaces (id),
  bulk_action_id {key} not null references bulk_actions (id),
  contact_id {key} not null,
  -- What was there: the status; since when it was in the set; owner and threads, as JSON.
  before text,
  -- When it was changed: in a set since just then is who has not left and come again.
  written_at bigint not null,
  primary key (workspace_id, bulk_action_id, contact_id)
);
create index bulk_changes_contact on bulk_changes (workspace_id, contact_id);
create index bulk_changes_age on bulk_changes (written_at);
