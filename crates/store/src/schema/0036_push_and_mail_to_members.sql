-- How members hear of what they are told -----------------------------------------------------------------
-- Kinds that do not come by push, and kinds that come by e-mail, as JSON lists.
alter table notification_choices add column push_muted text not null default '[]';
alter table notification_choices add column mailed text not null default '[]';
-- The weekdays on which quiet hours begin, as a JSON list (Monday is 1); null: all.
alter table notification_choices add column quiet_days text;
-- On whose clock; null: the workspace's.
alter table notification_choices add column time_zone text;

-- What push services know this installation by: one row.
create table push_keys (
  id {key} primary key,
  -- Base64url of the point; the secret one is sealed.
  public_key text not null,
  secret text not null,
  created_at bigint not null
);

-- Browsers that members want to hear in, each as long as its session.
create table push_subscriptions (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null,
  session_id {key} not null,
  -- A keyed hash of the endpoint: under it a browser is found again.
  print {key} not null,
  -- Endpoint and keys, sealed.
  secret text not null,
  created_at bigint not null
);
create unique index push_subscriptions_print on push_subscriptions (print);
create index push_subscriptions_member on push_subscriptions (workspace_id, member_id);
create index push_subscriptions_session on push_subscriptions (session_id);

-- What is still to be said outside of the page: a line per browser, and one for the mail. It goes when it was said.
create table notices (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null,
  -- `push`, `mail`.
  way {key} not null,
  -- The browser; empty for mail.
  subscription_id {key} not null,
  kind {key} not null,
  conversation_id {key} not null,
  actor_id {key},
  times bigint not null default 1,
  at bigint not null,
  due_at bigint not null,
  -- `waiting`, `claimed`, `leaving`: the last means that it may have been said.
  status {key} not null default 'waiting',
  claimed_by {key},
  locked_until bigint not null default 0,
  tries bigint not null default 0
);
create unique index notices_waiting on notices (workspace_id, member_id, way, subscription_id, kind, conversation_id)
  where status = 'waiting';
create index notices_due on notices (way, due_at, id) where status = 'waiting';
create index notices_held on notices (locked_until) where status <> 'waiting';
create index notices_conversation on notices (workspace_id, conversation_id);
create index notices_subscription on notices (workspace_id, subscription_id)
