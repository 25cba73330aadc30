-- Whose work a conversation is, and until when it rests -----------------------------------------------
-- Who was asked to answer; where nobody was, it is its owner's.
alter table conversations add column assignee_id {key};
-- Of a `snoozed` one: when it comes back, and whether an answer brings it back before.
alter table conversations add column snoozed_until bigint;
alter table conversations add column wakes_on_answer bigint not null default 1;
create index conversations_snoozed on conversations (snoozed_until) where snoozed_until is not null;

-- Words that conversations carry. ------------------------------------------------------------------
create table labels (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  name text not null,
  name_key {key} not null,
  -- One of a few names of colours.
  color {key} not null,
  created_at bigint not null
);
create unique index labels_name on labels (workspace_id, name_key);
create table conversation_labels (
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null,
  label_id {key} not null,
  primary key (workspace_id, conversation_id, label_id)
);
create index conversation_labels_label on conversation_labels (workspace_id, label_id, conversation_id);

-- What members say to each other in a conversation. No way out leads past here. -----------------------
create table notes (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null,
  author_id {key},
  body text not null,
  created_at bigint not null
);
create index notes_conversation on notes (workspace_id, conversation_id, created_at desc, id desc);
create table mentions (
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null,
  note_id {key} not null,
  conversation_id {key} not null,
  seen_at bigint,
  primary key (workspace_id, member_id, note_id)
);
create index mentions_conversation on mentions (workspace_id, member_id, conversation_id);
create index mentions_note on mentions (workspace_id, note_id);

-- Answers that are being typed: nobody has said yet that they are to be sent. ---------------------------
create table reply_drafts (
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null,
  member_id {key} not null,
  body text not null,
  -- Rises with each change: who writes on top of an older one is told.
  version bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, conversation_id, member_id)
);

-- Answers that wait: for the moment in which they can be taken back, or for a time that somebody chose. ----
-- Withdrawn where the contact writes before it leaves.
alter table messages add column unless_answered bigint not null default 0;
-- When a person said that it should leave; null where at once.
alter table messages add column scheduled_for bigint;
-- How long an answer can be taken back, in seconds.
alter table workspaces add column undo_seconds bigint not null default 10
