-- What people are to do in campaigns. A task is open while its enrollment stands on its node since `arrived_at`;
-- that is asked of the enrollment, so whatever moves or ends one takes its task off the list. -----------------
create table tasks (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null,
  campaign_id {key} not null,
  enrollment_id {key} not null,
  node_key {key} not null,
  arrived_at bigint not null,
  -- `call`, `linkedin`, `review`, `other`.
  kind {key} not null,
  title text not null,
  instructions text not null default '',
  due_at bigint not null,
  -- When its contact goes on without it.
  until_at bigint,
  -- `open`, `done`, `skipped`.
  status {key} not null default 'open',
  done_at bigint,
  done_by {key},
  created_at bigint not null,
  merged_from {key}
);
create unique index tasks_visit on tasks (workspace_id, enrollment_id, node_key, arrived_at);
create index tasks_due on tasks (workspace_id, due_at, id) where status = 'open';
create index tasks_over on tasks (workspace_id, done_at desc, id desc) where status <> 'open';
create index tasks_contact on tasks (workspace_id, contact_id);
create index tasks_campaign on tasks (workspace_id, campaign_id);

-- Who waits for a day that stands in a field, and may be changed -----------------------------------------
create index enrollments_dates on enrollments (workspace_id, contact_id) where awaits = 'date';
