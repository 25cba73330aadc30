-- What messages are found by: their words (domain::search), kept beside an index of words that each database has of its
-- own ------------------------------------------------------------------------------------------------
create table message_words (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null,
  message_id {key} not null
);
create unique index message_words_message on message_words (workspace_id, message_id);
-- The newest that has a word, in a conversation.
create index message_words_conversation on message_words (workspace_id, conversation_id, message_id);

-- Messages that are still to be read. Whoever writes one adds a line and waits for nobody: there is no key to look up.
create table message_changes (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  message_id {key} not null
);
insert into message_changes (workspace_id, message_id) select workspace_id, id from messages;

-- What members are told of. What happens again before they looked is one line. --------------------------
create table notifications (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null,
  -- `mention`, `assigned`, `reply`, `approval`.
  kind {key} not null,
  -- Where it leads; empty for the send queue.
  conversation_id {key} not null,
  -- The colleague who caused it.
  actor_id {key},
  times bigint not null default 1,
  at bigint not null,
  seen_at bigint
);
create unique index notifications_unseen on notifications (workspace_id, member_id, kind, conversation_id) where seen_at is null;
create index notifications_member on notifications (workspace_id, member_id, at desc, id desc);
create index notifications_conversation on notifications (workspace_id, conversation_id);
create index notifications_seen on notifications (seen_at) where seen_at is not null;
-- What they do not want to hear of, as a JSON list of kinds, and the minutes of the day in which the page is quiet.
create table notification_choices (
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null,
  muted text not null,
  quiet_from bigint,
  quiet_until bigint,
  primary key (workspace_id, member_id)
)
