-- Within how much business time an answer is wanted ---------------------------------------------------
create table reply_times (
  workspace_id {key} primary key references workspaces (id),
  -- As JSON of `domain::reply_times::ReplyTimes`.
  times text not null,
  -- Since when they are kept; null while they are off.
  on_since bigint,
  -- What was late by then is marked, but nobody is told.
  changed_at bigint not null
);
-- Put away without an answer, by closing the conversation or letting it rest; and when it came back from that by itself.
alter table messages add column set_aside_at bigint;
alter table messages add column woke_at bigint;
update messages set set_aside_at = created_at where direction = 'in' and exists (
  select 1 from conversations v where v.id = messages.conversation_id and v.status in ('done', 'snoozed'));
-- Since when an answer is owed and when it is due, while somebody waits for one.
alter table conversations add column owed_since bigint;
alter table conversations add column due_at bigint;
-- It was due, and is late since.
alter table conversations add column late_at bigint;
-- The `owed_since` of which members were told that it is late.
alter table conversations add column told_since bigint;
create index conversations_due on conversations (due_at) where due_at is not null and late_at is null;
create index conversations_late on conversations (workspace_id, due_at, id) where late_at is not null;

-- Conversations in which something happened that begins or ends a wait. Whoever writes adds a line and waits for nobody.
create table clock_marks (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null
);
create index clock_marks_conversation on clock_marks (workspace_id, conversation_id);

-- Answers that were given, for the numbers. By the oldest message that each of them answers: messages move, and stay
-- themselves.
create table answer_times (
  workspace_id {key} not null references workspaces (id),
  message_id {key} not null,
  -- Who wrote it, or said yes to it.
  member_id {key},
  channel {key} not null,
  is_first bigint not null,
  owed_since bigint not null,
  due_at bigint,
  answered_at bigint not null,
  -- Business time, in milliseconds.
  waited_ms bigint not null,
  primary key (workspace_id, message_id)
);
create index answer_times_answered on answer_times (workspace_id, answered_at)
