-- The graphs that a campaign has run on; none of them ever changes ---------------------------------------
create table campaign_versions (
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  version bigint not null,
  graph text not null,
  note text not null default '',
  author_id {key},
  published_at bigint not null,
  -- What publishing did to those who were under way.
  moved bigint not null default 0,
  stayed bigint not null default 0,
  ended bigint not null default 0,
  primary key (campaign_id, version)
);

-- What it runs on, and what is being drawn; `draft_edit` counts the changes of the draft.
alter table campaigns add column version bigint not null default 1;
alter table campaigns add column draft text;
alter table campaigns add column draft_edit bigint not null default 0;
alter table campaigns add column draft_by {key};
alter table campaigns add column draft_at bigint;

-- The version that somebody travels, and how often they were taken over into another.
alter table enrollments add column version bigint not null default 1;
alter table enrollments add column moves bigint not null default 0;
