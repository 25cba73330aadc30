-- What went wrong since a campaign, or a sender, was last let go on; and within what that may be. -----------
alter table campaigns add column refusals bigint not null default 0;
alter table campaigns add column complaints bigint not null default 0;
alter table campaigns add column opt_outs bigint not null default 0;
alter table campaigns add column watched_at bigint;
alter table senders add column tried bigint not null default 0;
alter table senders add column tried_before bigint not null default 0;
alter table senders add column bounces bigint not null default 0;
alter table senders add column complaints bigint not null default 0;
alter table senders add column opt_outs bigint not null default 0;
alter table senders add column watched_at bigint;
alter table workspaces add column thresholds text;
-- When texts of campaigns keep calling hours in the United States, and whether those of states count.
alter table workspaces add column quiet_hours {key} not null default 'live';
