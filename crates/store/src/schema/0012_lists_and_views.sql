-- The newest companies first. There is no such index of contacts: their key is that order, and others would cost imports.
create index companies_newest on companies (workspace_id, id);
