-- Who is blocked, since when: nothing is sent to them, and what they write is kept out of sight. ---------
alter table contacts add column blocked_at bigint;
-- As of its contact; of a stranger, of their address.
alter table conversations add column blocked_at bigint;
create index conversations_blocked on conversations (workspace_id, last_at desc, id desc) where blocked_at is not null
