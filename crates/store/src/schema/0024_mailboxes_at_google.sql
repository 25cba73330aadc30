-- The app at Google that a workspace asks for consent with: sealed JSON -------------------------------------------
alter table workspaces add column google_app text;
-- When a mailbox was last read to its end, in real milliseconds since the epoch.
alter table senders add column synced_at bigint;
