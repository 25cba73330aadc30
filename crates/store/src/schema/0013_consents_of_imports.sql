-- Which import wrote a consent down, so that its undo takes it back -------------------------------------
alter table consents add column import_id {key};
create index consents_import on consents (workspace_id, import_id, id) where import_id is not null;
