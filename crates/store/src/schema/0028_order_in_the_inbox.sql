-- Who is blocked, since when: nothing is sent to them, and what they write is kept out of sight. ---------
alter table contacts add column blocked_at bigint;
-- As of its contact; of a stranger, of their address.
alter table conversations add column blocked_at bigint;
create index conversations_blocked on conversations (workspace_id, last_at desc, id desc) where blocked_at is not null;

-- Whose turn it is: conversations that are nobody's go to members by themselves. ------------------------
create table assignments (
  workspace_id {key} primary key references workspaces (id),
  -- `off`, `turns`, `load`.
  mode {key} not null,
  -- Counts up with each that was given.
  turn bigint not null
);
alter table members add column takes_turns bigint not null default 0;
-- The last turn that was theirs.
alter table members add column last_turn bigint not null default 0;
-- Gets no conversations while away.
alter table members add column away_since bigint;
create index conversations_assignee on conversations (workspace_id, assignee_id, status) where assignee_id is not null
