-- Which import wrote a consent down, so that its undo takes it back -------------------------------------
alter table consents add column import_id {key};
create index consents_import on consents (workspace_id, import_id, id) where import_id is not null;

-- Targets are found by their words as well; those that are there already are read once.
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'target' || w.id, w.id, 'target', '', '~' from workspaces w
  where exists (select 1 from targets t where t.workspace_id = w.id);
