-- How many conversations the parts of the inbox hold ----------------------------------------------------
-- By everything that decides who sees them and in which part they are. '' where it is nobody's.
create table inbox_counts (
  workspace_id {key} not null references workspaces (id),
  owner_id {key} not null,
  assignee_id {key} not null,
  status {key} not null,
  is_unread bigint not null,
  is_late bigint not null,
  is_unmatched bigint not null,
  n bigint not null,
  primary key (workspace_id, owner_id, assignee_id, status, is_unread, is_late, is_unmatched)
);
-- What changed since they were summed up. Whoever writes adds lines and waits for nobody; numbers are read as the sum of both.
create table inbox_changes (
  id {serial},
  workspace_id {key} not null references workspaces (id),
  owner_id {key} not null,
  assignee_id {key} not null,
  status {key} not null,
  is_unread bigint not null,
  is_late bigint not null,
  is_unmatched bigint not null,
  n bigint not null
);
create index inbox_changes_workspace on inbox_changes (workspace_id);
insert into inbox_counts (workspace_id, owner_id, assignee_id, status, is_unread, is_late, is_unmatched, n)
  select workspace_id, coalesce(owner_id, ''), coalesce(assignee_id, ''), status, case when unread > 0 then 1 else 0 end,
    case when late_at is null then 0 else 1 end, case when contact_id is null then 1 else 0 end, count(*)
  from conversations where inbound = 1 and blocked_at is null and status in ('open', 'done')
  group by 1, 2, 3, 4, 5, 6, 7;
-- Parts that hold few of many are not looked for among all. What was never answered, as most of what campaigns write, is in
-- none of these.
create index conversations_answerer on conversations (workspace_id, coalesce(assignee_id, owner_id), status, inbound, last_at desc, id desc) where inbound = 1;
create index conversations_channel_part on conversations (workspace_id, channel, status, inbound, last_at desc, id desc) where inbound = 1;
create index conversations_unread on conversations (workspace_id, status, inbound, last_at desc, id desc) where inbound = 1 and unread > 0;
create index conversations_unassigned on conversations (workspace_id, status, inbound, last_at desc, id desc) where inbound = 1 and assignee_id is null and owner_id is null;
create index conversations_unmatched on conversations (workspace_id, status, inbound, last_at desc, id desc) where inbound = 1 and contact_id is null
