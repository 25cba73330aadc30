-- Messages that a person looks over before they leave: since when, who said yes, what it said at first. ------
alter table messages add column drafted_at bigint;
alter table messages add column approved_at bigint;
alter table messages add column approved_by {key};
alter table messages add column reject_reason text;
alter table messages add column original_text text;
alter table messages add column original_subject text;
-- Counts every change of it, so that nobody approves another text than the one they read.
alter table messages add column revision bigint not null default 0;
-- How often it was tried since it was approved.
alter table messages add column tries bigint not null default 0;
create index messages_drafts on messages (workspace_id, status, created_at, id) where drafted_at is not null;
create index messages_approved on messages (sender_id, not_before) where status = 'approved';

-- Accounts of members that their own devices carry messages for. ------------------------------------------
alter table senders add column member_id {key};
create unique index senders_member on senders (workspace_id, member_id, channel) where member_id is not null;

-- Codes by which a device gets its key, once and for some minutes. -----------------------------------------
create table relayer_codes (
  digest {key} primary key,
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null references members (id),
  name text not null,
  expires_at bigint not null,
  created_at bigint not null
);
create index relayer_codes_member on relayer_codes (workspace_id, member_id, created_at);
