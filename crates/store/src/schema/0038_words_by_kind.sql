-- The words of people, companies and targets are told apart in the index: the mark before each ends with the letter of
-- its kind. Everything is read once after the upgrade.
delete from search_documents;
delete from search_changes;
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'contact' || id, id, 'contact', '', '~' from workspaces;
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'company' || id, id, 'company', '', '~' from workspaces;
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'target' || id, id, 'target', '', '~' from workspaces;
