-- Contacts that a bulk action deleted are kept with it for as long as that can be undone. By these addresses an erasure
-- finds them: there is no contact any more that could be asked.
alter table bulk_changes add column email_key {key};
alter table bulk_changes add column phone {key};
create index bulk_changes_email on bulk_changes (workspace_id, email_key) where email_key is not null;
create index bulk_changes_phone on bulk_changes (workspace_id, phone) where phone is not null;

-- What contacts are sorted by, as it is compared. It is written beside their words and not into the table of contacts:
-- there, each of these indexes would cost every import a third of its speed.
create table contact_orders (
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null,
  name_key {key},
  company_key {key},
  -- The time of change of what they were read from: an older reading is never written over a newer one.
  at bigint not null,
  primary key (workspace_id, contact_id)
);
create index contact_orders_name on contact_orders (workspace_id, name_key, contact_id);
create index contact_orders_company on contact_orders (workspace_id, company_key, contact_id);
-- An import writes at its end: what it makes has changed last.
create index contacts_changed on contacts (workspace_id, updated_at, id);
drop index icp_scores_score;
create index icp_scores_score on icp_scores (profile_id, score, contact_id);
-- Everybody is read once after the upgrade.
insert into search_changes (id, workspace_id, kind, after, upto)
  select 'orders' || id, id, 'contact', '', '~' from workspaces;
