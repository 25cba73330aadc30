-- What can be found of contacts and companies: their words (domain::search), kept beside an index of words that each
-- database has of its own -----------------------------------------------------------------------------
create table search_documents (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  -- `company`, `contact`.
  kind {key} not null,
  subject_id {key} not null,
  -- Each with the mark of the workspace before it, so that a word is looked for among those of one workspace.
  words text not null,
  -- The time of change of what they were read from: an older reading is never written over a newer one.
  at bigint not null
);
create unique index search_documents_subject on search_documents (workspace_id, kind, subject_id);

-- Words of names, to find one in spite of a typing mistake.
create table search_words (
  workspace_id {key} not null references workspaces (id),
  word {key} not null,
  primary key (workspace_id, word)
);

-- What is still to be read: after an import, and once after an upgrade.
create table search_changes (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  -- `company`, `contact`: those with an id behind `after`, up to and with `upto`. `import`: whom the import `upto`
  -- changed, with an id behind `after`.
  kind {key} not null,
  after {key} not null,
  upto {key} not null
);
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'contact' || id, id, 'contact', '', '~' from workspaces;
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'company' || id, id, 'company', '', '~' from workspaces;
