-- Conversations that were made one, or taken apart -----------------------------------------------------
-- Where a merged one went. It stays, under its address, so that what is still written with that lands there.
alter table conversations add column merged_into_id {key};
-- Of one that was split off: the one under whose address its messages are written. Its own key is that one's and its id.
alter table conversations add column split_from_id {key};
create index conversations_merged on conversations (workspace_id, merged_into_id) where merged_into_id is not null;
create index conversations_split on conversations (workspace_id, split_from_id) where split_from_id is not null;
-- What it takes to undo a merge.
create table conversation_merges (
  workspace_id {key} not null references workspaces (id),
  other_id {key} not null,
  into_id {key} not null,
  -- As JSON: ids and states, nothing that somebody wrote.
  image text not null,
  member_id {key},
  at bigint not null,
  primary key (workspace_id, other_id)
);
create index conversation_merges_into on conversation_merges (workspace_id, into_id);

-- What is done in conversations again and again, as one thing -------------------------------------------
create table macros (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  name text not null,
  name_key {key} not null,
  -- As JSON.
  steps text not null,
  created_at bigint not null,
  updated_at bigint not null
);
create unique index macros_name on macros (workspace_id, name_key);
-- What it takes to undo a run, for a day.
create table macro_runs (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  macro_id {key} not null,
  member_id {key},
  -- As JSON: ids and states.
  deeds text not null,
  at bigint not null
);
create index macro_runs_age on macro_runs (at);
create index macro_runs_workspace on macro_runs (workspace_id)
