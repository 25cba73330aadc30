-- How many messages came back since the campaign last began to run, and how many had left before ------------
alter table campaigns add column bounces bigint not null default 0;
alter table campaigns add column sent_before bigint not null default 0;
