-- What a node remembers outside the database, to notice that the database is a copy of an earlier time: how often messages
-- of a sender were claimed. It only ever rises.
alter table senders add column claims bigint not null default 0;
-- Since when all sending is held because the database seems to be a copy of an earlier time, and why; null otherwise.
alter table workspaces add column restored_at bigint;
alter table workspaces add column restored_why text;
-- The last sign of life in the copy, by the product's clock and by that of the machines.
alter table workspaces add column copied_at bigint;
alter table workspaces add column copied_real_at bigint;
-- 1 where somebody had stopped all sending before.
alter table workspaces add column was_stopped bigint not null default 0;
-- Whoever was under way then may have got further than the copy knows: what is written to them is in doubt until it is
-- known that one message did not leave. The machines' clock at the copy's last sign of life.
alter table enrollments add column unsure_since bigint;
