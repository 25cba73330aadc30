-- Campaigns that take in whoever comes to their segment, list or tag later ----------------------------------------
alter table campaigns add column follows bigint not null default 0;
-- Who had come by then is in it.
alter table campaigns add column followed_at bigint;
create index set_members_newest on set_members (workspace_id, set_id, at);
create index campaigns_following on campaigns (followed_at) where follows = 1 and status = 'active';

-- What becomes of a message that comes due too late: `skip`, `send`, `ask` ------------------------------------------
alter table campaigns add column lateness {key} not null default 'skip';
-- Since when a person is asked whether it is still to leave.
alter table messages add column late_since bigint;
create index messages_late on messages (workspace_id, campaign_id) where late_since is not null;

-- Campaigns that end for all of a company once one of them has answered ---------------------------------------------
alter table campaigns add column ends_company bigint not null default 0;
