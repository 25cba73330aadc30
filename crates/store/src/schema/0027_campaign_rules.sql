-- Who looks over the messages of a campaign; who is left alone for it; and the event that it invites to.
alter table campaigns add column approval text not null default 'none';
alter table campaigns add column exclusive bigint not null default 0;
alter table campaigns add column gap_days bigint;
alter table campaigns add column event text;
