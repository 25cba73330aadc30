-- What the columns of a file became, for the next file with such columns ---------------------------------
create table saved_mappings (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- `name:` and the name as it is compared, or `last:` and the fingerprint of a header: how it was used last.
  slot {key} not null,
  -- None for how a header was used last.
  name text,
  -- Of the header that it was made with.
  fingerprint {key} not null,
  -- As JSON.
  rules text not null,
  created_by {key},
  created_at bigint not null,
  used_at bigint not null
);
create unique index saved_mappings_slot on saved_mappings (workspace_id, slot);
create index saved_mappings_age on saved_mappings (workspace_id, used_at);

-- What an import would do, found out before it is started ------------------------------------------------
alter table imports add column check_job_id {key};
-- What was asked and what was found, as JSON; none once the import has been started.
alter table imports add column checked text;
