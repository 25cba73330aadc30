-- Fields that a workspace defines for its contacts -------------------------------------------------
create table custom_fields (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  key {key} not null,
  name text not null,
  kind {key} not null,
  -- A JSON list of texts.
  choices text not null default '[]',
  position bigint not null,
  created_at bigint not null
);
create unique index custom_fields_key on custom_fields (workspace_id, key);

create table custom_values (
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null,
  field_id {key} not null references custom_fields (id),
  value text not null,
  -- As it is compared, and by what it is ordered where that is not its letters.
  value_key {key} not null,
  number double precision,
  primary key (workspace_id, contact_id, field_id)
);
create index custom_values_key on custom_values (workspace_id, field_id, value_key, contact_id);
create index custom_values_number on custom_values (workspace_id, field_id, number, contact_id) where number is not null;

-- Tags, lists and segments: they differ in who decides what is in them ------------------------------
create table contact_sets (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- `tag`, `list`, `segment`.
  kind {key} not null,
  name text not null,
  name_key {key} not null,
  -- Of a segment, as JSON.
  rule text,
  -- A segment is computed anew by walking all contacts: behind this one it goes on. Null: it is up to date.
  walk_after {key},
  -- When it was computed completely for the first time with this rule; before, nobody enters or leaves.
  ready_at bigint,
  -- When time alone may have changed what is in it.
  due_at bigint,
  created_by {key},
  created_at bigint not null,
  updated_at bigint not null
);
create unique index contact_sets_name on contact_sets (workspace_id, kind, name_key);
create index contact_sets_walk on contact_sets (id) where walk_after is not null;
create index contact_sets_due on contact_sets (due_at) where due_at is not null;

-- No foreign key to the contact: what computes a segment must not wait for who changes a person.
create table set_members (
  workspace_id {key} not null references workspaces (id),
  set_id {key} not null references contact_sets (id),
  contact_id {key} not null,
  at bigint not null,
  primary key (workspace_id, set_id, contact_id)
);
create index set_members_contact on set_members (workspace_id, contact_id, set_id);

-- Contacts of which something changed that a segment may ask for. Only ever added to and taken from: writers that
-- change the same person do not wait for one another here.
create table changed_contacts (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null
);
create index changed_contacts_workspace on changed_contacts (workspace_id, id);
