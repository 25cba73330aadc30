-- Ideal customer profiles: what is worth how many points, and who has how many ------------------------
create table icp_profiles (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  name text not null,
  name_key {key} not null,
  -- 1 for the one that is meant where none is named.
  is_default bigint not null,
  -- Of its criteria.
  version bigint not null,
  -- Scores are computed anew by walking all contacts: behind this one it goes on. Null: they are up to date.
  walk_after {key},
  -- When everybody had a score for the first time.
  ready_at bigint,
  -- Nobody sees it any more; its scores go in slices, and then it does.
  gone_at bigint,
  created_by {key},
  created_at bigint not null,
  updated_at bigint not null
);
create unique index icp_profiles_name on icp_profiles (workspace_id, name_key);
create unique index icp_profiles_default on icp_profiles (workspace_id) where is_default = 1;
create index icp_profiles_walk on icp_profiles (id) where walk_after is not null;

-- The criteria as they were and are, so that a score of any time can say where it came from.
create table icp_versions (
  workspace_id {key} not null references workspaces (id),
  profile_id {key} not null references icp_profiles (id),
  version bigint not null,
  -- A JSON list.
  criteria text not null,
  at bigint not null,
  primary key (profile_id, version)
);

-- No foreign key to the contact: what computes scores must not wait for who changes a person.
create table icp_scores (
  workspace_id {key} not null references workspaces (id),
  profile_id {key} not null references icp_profiles (id),
  contact_id {key} not null,
  score bigint not null,
  -- Since when it is this.
  at bigint not null,
  primary key (workspace_id, profile_id, contact_id)
);
create index icp_scores_score on icp_scores (profile_id, score);
create index icp_scores_contact on icp_scores (workspace_id, contact_id);

-- Scores that became others; of each person and profile the newest fifty.
create table icp_changes (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  profile_id {key} not null references icp_profiles (id),
  contact_id {key} not null,
  before bigint not null,
  score bigint not null,
  -- The places of the criteria that were met then, as `0.2.5`.
  met text not null,
  version bigint not null,
  at bigint not null
);
create index icp_changes_contact on icp_changes (workspace_id, contact_id, profile_id, id);
