-- That somebody agreed to be written to on a channel, or took it back: what was said last holds ---------
create table consents (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null,
  channel {key} not null,
  -- `given`, `withdrawn`.
  state {key} not null,
  source text not null,
  proof text,
  -- When they said so, and until when it is good.
  at bigint not null,
  expires_at bigint,
  -- Who wrote it down, and when.
  member_id {key},
  recorded_at bigint not null,
  merged_from {key}
);
create index consents_contact on consents (workspace_id, contact_id, channel, at desc, id desc);

-- A JSON list of the channels on which campaigns write only to those who agreed.
alter table workspaces add column consent_channels text not null default '[]';
