-- What an import changed of contacts that were there before, kept for as long as it can be undone -----
create table import_changes (
  workspace_id {key} not null references workspaces (id),
  import_id {key} not null references imports (id),
  contact_id {key} not null,
  -- When the import last changed it: as long as the contact says the same, nobody else has. Null: its fields were left alone.
  at bigint,
  -- Its fields as they were, as JSON.
  before text,
  -- The tags and lists that it was not in before, as a JSON list.
  sets text,
  written_at bigint not null,
  primary key (workspace_id, import_id, contact_id)
);
create index import_changes_contact on import_changes (workspace_id, contact_id);
create index import_changes_age on import_changes (written_at);

alter table imports add column undo_job_id {key};
alter table imports add column undo_asked_at bigint;
alter table imports add column undone_at bigint;
-- How far it is, as JSON.
alter table imports add column undo text not null default '{}';
