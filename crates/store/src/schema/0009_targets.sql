-- People and accounts that a rep means to research -----------------------------------------------------
create table targets (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  owner_id {key},
  name text not null,
  company text,
  title text,
  email text,
  telegram text,
  x text,
  url text,
  notes text,
  state {key} not null,
  -- What it became.
  contact_id {key},
  -- The merges that moved it to another contact, the last one first.
  merged_from text,
  created_at bigint not null,
  updated_at bigint not null
);
create index targets_owner on targets (workspace_id, owner_id, id) where owner_id is not null;
create index targets_state on targets (workspace_id, state, id);
create index targets_contact on targets (workspace_id, contact_id) where contact_id is not null;
