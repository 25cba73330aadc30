-- The texts stay in the table: the index keeps what it needs to find them. Words hold letters and digits alone, so the
-- tokenizer has nothing to do but to cut at blanks.
create virtual table search_index using fts5 (
  words, content = 'search_documents', content_rowid = 'n', tokenize = 'ascii', detail = 'none', columnsize = 0
);
-- What is deleted is gone at once, not when pages are next merged: people may ask to be forgotten.
insert into search_index (search_index, rank) values ('secure-delete', 1);
