-- The newest companies first. There is no such index of contacts: their key is that order, and others would cost imports.
create index companies_newest on companies (workspace_id, id);

-- What a list showed, kept under a name: its address behind the question mark ---------------------------
create table saved_views (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- Whose it is.
  member_id {key} not null,
  -- The list: `contacts`, `companies`.
  page {key} not null,
  name text not null,
  name_key {key} not null,
  query text not null,
  -- 1 if everybody in the workspace sees it.
  is_shared bigint not null,
  -- 1 if it stands at the edge of every page, for those who see it.
  is_pinned bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
create unique index saved_views_name on saved_views (workspace_id, member_id, page, name_key);
