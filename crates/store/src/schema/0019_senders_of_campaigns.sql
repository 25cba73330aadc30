-- Several senders of a campaign on one channel share its people --------------------------------------------------
create table campaign_senders (
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  sender_id {key} not null references senders (id),
  channel {key} not null,
  position bigint not null,
  weight bigint not null,
  -- How many people it was given: who is furthest behind the share is next.
  assigned bigint not null default 0,
  primary key (workspace_id, campaign_id, sender_id)
);
create index campaign_senders_of_sender on campaign_senders (workspace_id, sender_id);
insert into campaign_senders (workspace_id, campaign_id, sender_id, channel, position, weight)
  select workspace_id, id, email_sender_id, 'email', 0, 1 from campaigns where email_sender_id is not null;
insert into campaign_senders (workspace_id, campaign_id, sender_id, channel, position, weight)
  select workspace_id, id, sms_sender_id, 'sms', 1, 1 from campaigns where sms_sender_id is not null;
alter table campaigns drop column email_sender_id;
alter table campaigns drop column sms_sender_id;

-- How much may leave: of a sender in an hour, while it is new, to one recipient domain; of a campaign in a day ------
alter table senders add column hourly_cap bigint;
alter table senders add column domain_cap bigint;
alter table senders add column jitter bigint not null default 0;
alter table senders add column ramp_start bigint;
alter table senders add column ramp_step bigint;
alter table senders add column ramp_since bigint;
alter table campaigns add column daily_cap bigint;
-- What was claimed under such a cap, by the instant at which its hour or day is over; swept after it.
create table send_counts (
  workspace_id {key} not null references workspaces (id),
  subject {key} not null,
  until_at bigint not null,
  sent bigint not null,
  primary key (workspace_id, subject, until_at)
);
create index send_counts_over on send_counts (until_at);

-- Days on which campaigns rest, as a JSON list ---------------------------------------------------------------------
alter table workspaces add column holidays text not null default '[]';
alter table campaigns add column on_holidays bigint not null default 0;
