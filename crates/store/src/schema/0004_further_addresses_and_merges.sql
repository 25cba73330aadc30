-- Addresses of a contact beside its own e-mail address and phone number -------------------------------
create table contact_addresses (
  workspace_id {key} not null references workspaces (id),
  -- `email`, `phone`, `whatsapp`, `messenger`, `telegram`, `tiktok`.
  kind {key} not null,
  value text not null,
  value_key {key} not null,
  contact_id {key} not null,
  -- Who it comes from: `member`, `merge`.
  source text not null,
  created_at bigint not null,
  primary key (workspace_id, kind, value_key),
  foreign key (workspace_id, contact_id) references contacts (workspace_id, id)
);
create index contact_addresses_contact on contact_addresses (workspace_id, contact_id);

-- Two contacts that were made one: who is now whom, and for a while what it takes to undo it ---------------
create table merges (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  survivor_id {key} not null,
  -- It names no contact any more, unless it was undone.
  other_id {key} not null,
  -- As JSON; none once it was undone or is too old.
  image text,
  member_id {key},
  at bigint not null,
  undone_at bigint
);
create unique index merges_other on merges (workspace_id, other_id) where undone_at is null;
create index merges_survivor on merges (workspace_id, survivor_id);
create index merges_newest on merges (workspace_id, at desc, id desc);
create index merges_age on merges (at) where image is not null;
-- What moved in a merge carries its id; a merge of a merge puts its own before it.
alter table conversations add column merged_from {key};
alter table messages add column merged_from {key};
alter table events add column merged_from {key};
alter table enrollments add column merged_from {key};
create index messages_merged on messages (workspace_id, merged_from) where merged_from is not null;
create index events_merged on events (workspace_id, merged_from) where merged_from is not null;
