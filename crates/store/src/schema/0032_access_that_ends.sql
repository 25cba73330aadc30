-- Access of a sender that ends by itself and is renewed before; the tokens are in its sealed credentials -------------
create table sender_access (
  workspace_id {key} not null references workspaces (id),
  sender_id {key} not null references senders (id),
  -- When it is renewed next; what a node takes in hand is put off, so that no other does the same. In milliseconds.
  due_at bigint not null,
  -- When the access ends, and the right to renew it, as far as the provider has said so.
  ends_at bigint,
  renewable_until bigint,
  renewed_at bigint,
  -- Times in a row that it could not be renewed for a passing reason.
  failures bigint not null default 0,
  -- 1 where the provider refuses: a person has to give it anew.
  is_refused bigint not null default 0,
  primary key (workspace_id, sender_id)
);
create unique index sender_access_of_sender on sender_access (sender_id);
create index sender_access_due on sender_access (due_at) where is_refused = 0;
