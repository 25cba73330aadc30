-- The inbox as a whole is walked from the newest conversation on: no other index has those of every status in this order. The
-- condition holds for all of them, and only who asks for all says it: SQLite would else take this index where one of few
-- conversations serves (those that are blocked, those that rest).
create index conversations_top on conversations (workspace_id, last_at desc, id desc) where inbound >= 0
