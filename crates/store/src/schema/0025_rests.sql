-- Connections that rest because their provider does not answer; a sender without a line is well ---------------------
create table sender_rests (
  workspace_id {key} not null references workspaces (id),
  sender_id {key} not null references senders (id),
  -- Failures in a row, and how often it began to rest since it last answered: 0 while messages are tried as always.
  failures bigint not null,
  trips bigint not null default 0,
  until_at bigint not null default 0,
  -- While one message is tried, to see whether it answers again: until when others wait for what becomes of it.
  is_trying bigint not null default 0,
  reason text not null,
  since_at bigint not null,
  primary key (workspace_id, sender_id)
);
create unique index sender_rests_of_sender on sender_rests (sender_id);

-- Attempts that count for nothing: nothing was tried, or it was the connection that was.
alter table messages add column spared bigint not null default 0;
