-- Tenancy and people ------------------------------------------------------------------------------
create table workspaces (
  id {key} primary key,
  name text not null,
  time_zone text not null,
  default_country text not null,
  send_mode text not null default 'sandbox',
  -- `private`: a rep sees what they own; `shared`: everything.
  visibility text not null default 'private',
  stopped_at bigint,
  stop_reason text,
  guard_version bigint not null default 0,
  created_at bigint not null
);

create table instance (
  name {key} primary key,
  value text not null
);

-- A person who signs in, once, however many workspaces they are in.
create table users (
  id {key} primary key,
  email text not null,
  email_key {key} not null,
  name text not null,
  password_hash text,
  created_at bigint not null
);
create unique index users_email on users (email_key);

create table members (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  user_id {key} not null references users (id),
  handle {key} not null,
  role text not null,
  disabled_at bigint,
  created_at bigint not null
);
create unique index members_user on members (workspace_id, user_id);
create unique index members_handle on members (workspace_id, handle);
create index members_memberships on members (user_id);

-- A browser that is signed in, at one workspace at a time. Both tokens are known by their hashes alone.
create table sessions (
  id {key} primary key,
  user_id {key} not null references users (id),
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null references members (id),
  access_hash {key} not null,
  access_until bigint not null,
  refresh_hash {key} not null,
  -- The refresh token before this one: whoever shows it after a moment has stolen it, or was robbed.
  spent_hash {key},
  refreshed_at bigint not null,
  agent text,
  address text,
  created_at bigint not null,
  expires_at bigint not null,
  revoked_at bigint
);
create unique index sessions_access on sessions (access_hash);
create unique index sessions_refresh on sessions (refresh_hash);
create unique index sessions_spent on sessions (spent_hash) where spent_hash is not null;
create index sessions_user on sessions (user_id);
create index sessions_member on sessions (workspace_id, member_id);

-- A program of a member. Its text is known by a public part and a hash.
create table api_keys (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  member_id {key} not null references members (id),
  -- `api`, or `relayer`: the key of one device that carries messages for its member.
  kind {key} not null,
  name text not null,
  prefix {key} not null,
  hash text not null,
  scopes text not null,
  created_at bigint not null,
  expires_at bigint,
  last_used_at bigint,
  revoked_at bigint
);
create unique index api_keys_prefix on api_keys (prefix);
create index api_keys_member on api_keys (workspace_id, member_id);
-- The secret that a person's authenticator app has too, sealed. It is asked for once it was confirmed by a code.
create table authenticators (
  user_id {key} primary key references users (id),
  secret text not null,
  -- The time step of the last code that was good: no code is good twice.
  last_step bigint not null default 0,
  created_at bigint not null,
  confirmed_at bigint
);

-- Key pairs on people's devices; here are the public halves.
create table passkeys (
  id {key} primary key,
  user_id {key} not null references users (id),
  credential {key} not null,
  name text not null,
  fixed text not null,
  moving text not null,
  created_at bigint not null,
  used_at bigint
);
create unique index passkeys_credential on passkeys (credential);
create index passkeys_user on passkeys (user_id);

-- Questions that a device has answered: each may be answered once, and not for ever.
create table passkey_answers (
  question_hash {key} primary key,
  until bigint not null
);

-- Accounts elsewhere that people sign in with, known by who issued them and their name there.
create table identities (
  issuer {key} not null,
  subject {key} not null,
  user_id {key} not null references users (id),
  email text not null,
  created_at bigint not null,
  primary key (issuer, subject)
);
create unique index identities_user on identities (user_id, issuer);

-- For who has lost their authenticator; each is good once.
create table recovery_codes (
  user_id {key} not null references users (id),
  code_hash {key} not null,
  created_at bigint not null,
  used_at bigint,
  primary key (user_id, code_hash)
);

-- A sign-in that has got the first step right and waits for the second.
create table second_steps (
  token_hash {key} primary key,
  user_id {key} not null references users (id),
  -- The invitation that is accepted with it, by the hash of its token, and the handle that was chosen.
  invitation_hash {key},
  handle {key},
  tries bigint not null default 0,
  expires_at bigint not null,
  ended_at bigint
);
create index second_steps_user on second_steps (user_id);

create table invitations (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  invited_by {key} not null references members (id),
  email text,
  email_key {key},
  role text not null,
  token_hash {key} not null,
  created_at bigint not null,
  expires_at bigint not null,
  accepted_at bigint,
  withdrawn_at bigint
);
create unique index invitations_token on invitations (token_hash);
create index invitations_newest on invitations (workspace_id, id);

-- Requests that carry a key of their caller, and what was answered, for a day.
create table idempotency_keys (
  workspace_id {key} not null references workspaces (id),
  -- A member or an API key.
  caller {key} not null,
  value {key} not null,
  fingerprint text not null,
  status bigint,
  answer text,
  created_at bigint not null,
  primary key (workspace_id, caller, value)
);
create index idempotency_keys_old on idempotency_keys (created_at);

create table audit (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  actor {key},
  action text not null,
  subject text,
  -- From where, if a person did it.
  address text,
  data text not null,
  at bigint not null
);
create index audit_newest on audit (workspace_id, at desc, id desc);
create index audit_actor on audit (workspace_id, actor, at desc, id desc);
create index audit_subject on audit (workspace_id, subject, at desc, id desc);

-- Lines that are not sealed yet.
create table audit_pending (
  audit_id {key} primary key,
  workspace_id {key} not null references workspaces (id)
);
-- Each line is sealed with the hash of the one before, under a key that is in no database.
create table audit_seals (
  workspace_id {key} not null references workspaces (id),
  number bigint not null,
  audit_id {key} not null,
  hash text not null,
  primary key (workspace_id, number)
);
create unique index audit_seals_line on audit_seals (audit_id);
-- The end of each chain.
create table audit_chains (
  workspace_id {key} primary key references workspaces (id),
  number bigint not null,
  hash text not null
);

-- Contacts and companies --------------------------------------------------------------------------
create table companies (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  owner_id {key},
  name text not null,
  name_key {key} not null,
  domain text,
  created_at bigint not null
);
create unique index companies_name on companies (workspace_id, name_key);

create table contacts (
  id {key} not null,
  workspace_id {key} not null references workspaces (id),
  owner_id {key},
  email text,
  email_key {key},
  phone {key},
  first_name text,
  last_name text,
  company_id {key} references companies (id),
  company text,
  title text,
  city text,
  country text,
  time_zone text,
  status {key} not null,
  import_id {key},
  created_at bigint not null,
  updated_at bigint not null,
  -- Ids rise with time: the key is the order of the list as well, and an import appends to it.
  primary key (workspace_id, id)
);
-- The address comes first, for it tells two rows apart at the first look; both are always asked for together.
create unique index contacts_email on contacts (email_key, workspace_id);
-- A phone number finds few rows by itself. With the workspace before it, every import would write three times as
-- many pages in random order.
create index contacts_phone on contacts (phone) where phone is not null;
create index contacts_status on contacts (workspace_id, status, id) where status <> 'No Activity';
-- The book of a rep. An import has one owner and appends to it.
create index contacts_owner on contacts (workspace_id, owner_id, id) where owner_id is not null;

create table imports (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  owner_id {key},
  file_name text not null,
  bytes bigint not null,
  sniffed text not null,
  mapping text,
  status text not null,
  job_id {key},
  position bigint not null default 0,
  rejected_bytes bigint not null default 0,
  rows_read bigint not null default 0,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  skipped bigint not null default 0,
  failed bigint not null default 0,
  suppressed bigint not null default 0,
  first_contact_id {key},
  last_contact_id {key},
  causes text not null default '{}',
  error text,
  created_at bigint not null,
  started_at bigint,
  completed_at bigint
);
create index imports_newest on imports (workspace_id, created_at desc, id desc);

create table suppressions (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  channel {key} not null,
  value_key {key} not null,
  sender_id {key} not null default '',
  reason text not null,
  source text not null,
  -- The member who added it, if one did.
  author_id {key},
  created_at bigint not null
);
create unique index suppressions_value on suppressions (workspace_id, channel, value_key, sender_id);
create index suppressions_newest on suppressions (workspace_id, created_at desc, id desc);

-- Texts, funnels, campaigns -----------------------------------------------------------------------
create table snippets (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  name text not null,
  channel text not null,
  subject text,
  body text not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index snippets_name on snippets (workspace_id, name, id);

create table senders (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  channel {key} not null,
  provider text not null,
  name text not null,
  address text not null,
  address_key {key} not null,
  -- What it signs in with, and where its answers are read, if it has a mailbox: both sealed.
  credentials text not null,
  mailbox text,
  status text not null,
  problem text,
  rate_per_minute bigint,
  daily_cap bigint,
  day bigint not null default 0,
  sent_today bigint not null default 0,
  next_slot_at bigint not null default 0,
  poll_cursor text,
  poll_at bigint not null default 0,
  created_at bigint not null
);
create unique index senders_address on senders (channel, address_key);
create index senders_workspace on senders (workspace_id, channel, id);

create table funnels (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  name text not null,
  description text not null,
  version bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index funnels_name on funnels (workspace_id, name, id);

create table funnel_versions (
  workspace_id {key} not null references workspaces (id),
  funnel_id {key} not null references funnels (id),
  version bigint not null,
  graph text not null,
  created_at bigint not null,
  primary key (funnel_id, version)
);

create table campaigns (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  owner_id {key},
  name text not null,
  funnel_id {key} references funnels (id),
  funnel_version bigint not null,
  status {key} not null,
  audience text not null,
  windows text not null,
  email_sender_id {key} references senders (id),
  sms_sender_id {key} references senders (id),
  lateness_ms bigint,
  problem text,
  created_at bigint not null,
  started_at bigint,
  completed_at bigint
);
create index campaigns_newest on campaigns (workspace_id, created_at desc, id desc);
create index campaigns_status on campaigns (workspace_id, status);

create table campaign_nodes (
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  node_key {key} not null,
  position bigint not null,
  node text not null,
  primary key (campaign_id, node_key)
);

create table campaign_edges (
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  position bigint not null,
  from_key {key} not null,
  to_key {key} not null,
  condition text,
  passed bigint not null default 0,
  primary key (campaign_id, position)
);

create table enrollments (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  campaign_id {key} not null references campaigns (id),
  contact_id {key} not null,
  status {key} not null,
  node_key {key} not null,
  arrived_at bigint not null,
  visit bigint not null default 0,
  wrote bigint not null default 0,
  due_at bigint,
  reason text,
  detail text,
  variables text not null default '{}',
  enrolled_at bigint not null,
  completed_at bigint,
  foreign key (workspace_id, contact_id) references contacts (workspace_id, id)
);
create unique index enrollments_contact on enrollments (campaign_id, contact_id);
create index enrollments_due on enrollments (due_at, id) where due_at is not null;
create index enrollments_place on enrollments (workspace_id, campaign_id, status, node_key);
create index enrollments_person on enrollments (workspace_id, contact_id);

-- Conversations, messages, events -----------------------------------------------------------------
create table conversations (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  contact_id {key},
  -- That of the contact; where there is none, whoever wrote first.
  owner_id {key},
  channel {key} not null,
  sender_id {key} not null references senders (id),
  address text not null,
  address_key {key} not null,
  subject text,
  status {key} not null,
  unread bigint not null default 0,
  inbound bigint not null default 0,
  last_message_id {key},
  last_snippet text not null default '',
  last_direction text not null default 'out',
  last_kind text,
  campaign_id {key},
  last_at bigint not null,
  created_at bigint not null,
  foreign key (workspace_id, contact_id) references contacts (workspace_id, id)
);
create unique index conversations_address on conversations (workspace_id, channel, sender_id, address_key);
create index conversations_newest on conversations (workspace_id, status, inbound, last_at desc, id desc);
create index conversations_channel on conversations (workspace_id, channel, last_at desc, id desc);
create index conversations_owner on conversations (workspace_id, owner_id, inbound, status, last_at desc, id desc) where owner_id is not null;
create index conversations_contact on conversations (workspace_id, contact_id, last_at desc);

create table messages (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null references conversations (id),
  contact_id {key},
  campaign_id {key},
  enrollment_id {key},
  node_key {key},
  sender_id {key} not null references senders (id),
  channel {key} not null,
  direction {key} not null,
  status {key} not null,
  policy text not null,
  kind text,
  dedupe_key {key} not null,
  from_address text not null,
  to_address text not null,
  to_key {key} not null,
  subject text,
  body text not null,
  html text,
  rfc_message_id {key},
  in_reply_to text,
  reference_ids text,
  provider_message_id {key},
  not_before bigint not null default 0,
  due_at bigint not null default 0,
  claimed_by {key},
  attempt bigint not null default 0,
  claimed_at bigint,
  lease_until bigint not null default 0,
  settle_at bigint not null default 0,
  needs_decision bigint not null default 0,
  sent_at bigint,
  delivered_at bigint,
  opened_at bigint,
  clicked_at bigint,
  failed_at bigint,
  error_code text,
  error_class text,
  error_text text,
  author_id {key},
  created_at bigint not null
);
create unique index messages_dedupe on messages (workspace_id, dedupe_key);
create index messages_thread on messages (workspace_id, conversation_id, created_at desc, id desc);
create index messages_direction on messages (workspace_id, direction, created_at desc, id desc);
create index messages_queue on messages (sender_id, not_before, id) where status = 'queued';
create index messages_sending on messages (lease_until) where status = 'sending';
create index messages_uncertain on messages (settle_at) where status = 'uncertain';
create index messages_recipient on messages (workspace_id, to_key) where status = 'queued';
create index messages_provider on messages (workspace_id, provider_message_id) where provider_message_id is not null;
create index messages_rfc on messages (workspace_id, rfc_message_id) where rfc_message_id is not null;
create index messages_enrollment on messages (enrollment_id) where enrollment_id is not null;
-- A message is in `sending` for a moment, twice the writing for nothing; messages_sending finds it.
create index messages_status on messages (workspace_id, status, created_at desc, id desc) where status <> 'sending';

create table events (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  kind {key} not null,
  message_id {key},
  enrollment_id {key},
  campaign_id {key},
  contact_id {key},
  node_key {key},
  data text,
  at bigint not null
);
create index events_newest on events (workspace_id, at desc, id desc);
create index events_enrollment on events (enrollment_id, kind) where enrollment_id is not null;
create index events_contact on events (workspace_id, contact_id, at desc) where contact_id is not null;
create index events_campaign on events (workspace_id, campaign_id, kind, node_key) where campaign_id is not null;

create table inbound_events (
  id {key} primary key,
  workspace_id {key},
  source {key} not null,
  sender_id {key},
  dedupe_key {key} not null,
  headers text not null,
  body {blob} not null,
  status {key} not null,
  attempts bigint not null default 0,
  due_at bigint not null,
  locked_until bigint not null default 0,
  error text,
  received_at bigint not null,
  handled_at bigint
);
create unique index inbound_events_once on inbound_events (source, dedupe_key);
create index inbound_events_due on inbound_events (due_at, id) where status = 'received';
create index inbound_events_dead on inbound_events (workspace_id, received_at desc, id desc) where status = 'dead';

-- Background work ---------------------------------------------------------------------------------
create table jobs (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  kind text not null,
  status {key} not null,
  priority bigint not null default 0,
  parameters text not null,
  done bigint not null default 0,
  total bigint not null default 0,
  result text,
  error text,
  attempt bigint not null default 0,
  cancel_requested bigint not null default 0,
  due_at bigint not null,
  locked_by {key},
  locked_until bigint not null default 0,
  created_by {key},
  created_at bigint not null,
  started_at bigint,
  completed_at bigint
);
create index jobs_due on jobs (priority desc, due_at, id) where status in ('queued', 'processing');
create index jobs_newest on jobs (workspace_id, created_at desc, id desc);

-- Programs of others that are told what happens ---------------------------------------------------
create table webhooks (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  url text not null,
  description text not null default '',
  -- A JSON list.
  kinds text not null,
  include_content bigint not null default 0,
  secret text not null,
  -- Signs beside the new one for a while.
  old_secret text,
  old_secret_until bigint,
  status {key} not null default 'active',
  problem text,
  failing_since bigint,
  succeeded_at bigint,
  failed_at bigint,
  created_at bigint not null
);
create index webhooks_workspace on webhooks (workspace_id, status, id);

-- No foreign key to the webhook: taking one away must not stop a fact from being written.
create table deliveries (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  webhook_id {key} not null,
  kind text not null,
  contact_id {key},
  message_id {key},
  data text not null,
  status {key} not null default 'pending',
  -- Since it was last asked for, and in all.
  tries bigint not null default 0,
  attempt bigint not null default 0,
  due_at bigint not null,
  claimed_by {key},
  locked_until bigint not null default 0,
  answered bigint,
  created_at bigint not null,
  done_at bigint
);
create index deliveries_due on deliveries (webhook_id, due_at, id) where status = 'pending';
create index deliveries_newest on deliveries (workspace_id, webhook_id, created_at desc, id desc);
create index deliveries_open on deliveries (workspace_id, webhook_id, status, created_at desc, id desc)
  where status <> 'delivered';
create index deliveries_contact on deliveries (workspace_id, contact_id) where contact_id is not null;
create index deliveries_age on deliveries (created_at);

create table delivery_attempts (
  delivery_id {key} not null,
  workspace_id {key} not null references workspaces (id),
  number bigint not null,
  at bigint not null,
  duration_ms bigint not null,
  answered bigint,
  answer text not null default '',
  problem text,
  primary key (delivery_id, number)
);

-- What was erased for whom is not in here: numbers, and whose doing it was.
create table erasures (
  id {key} primary key,
  workspace_id {key} not null references workspaces (id),
  contact_id {key} not null,
  member_id {key},
  counts text not null,
  at bigint not null
);
create index erasures_newest on erasures (workspace_id, at desc, id desc);
