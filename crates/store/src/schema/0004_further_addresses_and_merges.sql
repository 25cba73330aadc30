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
