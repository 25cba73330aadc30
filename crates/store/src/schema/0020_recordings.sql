-- Spoken texts: each is made once, kept as a file, and found by what was said in which voice ----------------
create table recordings (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- Voice, model, format and text as SHA-256; of what is to be deleted its own id.
  text_key {key} not null,
  -- 0 while somebody has it spoken; nobody else does until then.
  is_ready bigint not null default 0,
  lease_until bigint not null default 0,
  bytes bigint not null default 0,
  duration_ms bigint not null default 0,
  created_at bigint not null,
  used_at bigint not null,
  -- Its file is to be deleted, and the row after it.
  gone_at bigint
);
create unique index recordings_text on recordings (workspace_id, text_key);
create index recordings_used on recordings (used_at) where gone_at is null;
create index recordings_gone on recordings (gone_at) where gone_at is not null;

create table recording_uses (
  workspace_id {key} not null references workspaces (id),
  message_id {key} not null,
  recording_id {key} not null,
  primary key (workspace_id, message_id)
);
create index recording_uses_recording on recording_uses (workspace_id, recording_id);
