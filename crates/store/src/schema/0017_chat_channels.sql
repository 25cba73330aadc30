-- Channels of platforms: texts that the platform has approved, and what people call themselves there ----------
alter table messages add column approved text;
alter table conversations add column their_name text;
create index inbound_events_of_sender on inbound_events (workspace_id, sender_id, received_at desc);
