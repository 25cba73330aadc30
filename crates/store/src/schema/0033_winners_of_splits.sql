-- What is known of the contests of splits. Who got which variant, and who won with what numbers, are events. ---------
create table campaign_splits (
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  node_key {key} not null,
  -- How often somebody looked whether one has won, and when the next look is; null where nobody is to look.
  looks bigint not null default 0,
  look_at bigint,
  -- The variant that has won, since when, and who said so; null where it was the numbers.
  winner {key},
  decided_at bigint,
  decided_by {key},
  -- JSON of what the numbers were then.
  numbers text,
  -- 1 where a person took the decision back: the numbers do not decide again until somebody lets them.
  is_held bigint not null default 0,
  primary key (campaign_id, node_key)
);
create index campaign_splits_looks on campaign_splits (look_at) where look_at is not null;
