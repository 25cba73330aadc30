-- What messages are found by: their words (domain::search), kept beside an index of words that each database has of its
-- own ------------------------------------------------------------------------------------------------
create table message_words (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  conversation_id {key} not null,
  message_id {key} not null
);
create unique index message_words_message on message_words (workspace_id, message_id);
-- The newest that has a word, in a conversation.
create index message_words_conversation on message_words (workspace_id, conversation_id, message_id);

-- Messages that are still to be read. Whoever writes one adds a line and waits for nobody: there is no key to look up.
create table message_changes (
  n {serial},
  workspace_id {key} not null references workspaces (id),
  message_id {key} not null
);
insert into message_changes (workspace_id, message_id) select workspace_id, id from messages
