-- Contacts that a bulk action deleted are kept with it for as long as that can be undone. By these addresses an erasure
-- finds them: there is no contact any more that could be asked.
alter table bulk_changes add column email_key {key};
alter table bulk_changes add column phone {key};
create index bulk_changes_email on bulk_changes (workspace_id, email_key) where email_key is not null;
create index bulk_changes_phone on bulk_changes (workspace_id, phone) where phone is not null;
