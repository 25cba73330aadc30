-- The inbox as a whole, and what many messages say, is walked from the newest conversation on: no other index has those of
-- every status in this order.
create index conversations_top on conversations (workspace_id, last_at desc, id desc) where merged_into_id is null
