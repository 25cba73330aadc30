-- The accounts at a platform that approves texts, as senders belong to them; in the sandbox they have others ----------
create table template_accounts (
  workspace_id {key} not null references workspaces (id),
  sender_id {key} not null references senders (id),
  -- The mode of the workspace in which it is this account: 'sandbox' or 'live'.
  mode {key} not null,
  account {key} not null,
  -- When its templates were read last, when they are to be read next, and why they could not be.
  synced_at bigint,
  due_at bigint not null default 0,
  problem text,
  primary key (workspace_id, sender_id, mode)
);
create index template_accounts_by_account on template_accounts (account);
create index template_accounts_due on template_accounts (due_at);

-- Texts that a platform approves before they are sent ------------------------------------------------------------------
create table approved_templates (
  workspace_id {key} not null references workspaces (id),
  account {key} not null,
  name {key} not null,
  language {key} not null,
  category text not null,
  standing {key} not null,
  reason text,
  quality text,
  -- What it consists of: JSON of the product's own.
  layout text not null,
  changed_at bigint not null,
  primary key (workspace_id, account, name, language)
);
