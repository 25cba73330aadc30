-- Each with the mark of the workspace before it, so that a word is looked for among those of one workspace.
alter table message_words add column words text not null default '';
create virtual table message_index using fts5 (
  words, content = 'message_words', content_rowid = 'n', tokenize = 'ascii', detail = 'none', columnsize = 0
);
-- What is deleted is gone at once, not when pages are next merged: people may ask to be forgotten.
insert into message_index (message_index, rank) values ('secure-delete', 1);
