-- Companies: what is known of them beside their name --------------------------------------------------
alter table companies add column industry text;
alter table companies add column employee_count bigint;
alter table companies add column city text;
alter table companies add column country text;
alter table companies add column linkedin_url text;
alter table companies add column notes text;
-- Of the import that was the first to name it.
alter table companies add column import_id {key};
-- When a member last wrote something about it. Null: it is no more than a name that contacts mention.
alter table companies add column updated_at bigint;
create unique index companies_domain on companies (workspace_id, domain) where domain is not null;
create index companies_owner on companies (workspace_id, owner_id) where owner_id is not null;

-- The people of a company. Ids are of one workspace only, and without it the index is half as large: imports write it.
create index contacts_company on contacts (company_id) where company_id is not null;

-- How often a company got another name or went: what imports remember of names is worth nothing after that.
alter table workspaces add column company_changes bigint not null default 0;
