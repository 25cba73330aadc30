-- Each with the mark of the workspace before it, so that a word is looked for among those of one workspace.
alter table message_words add column vector tsvector not null;
create index message_words_vector on message_words using gin (vector);
-- Why a function: see search_hits. The conversations of messages that have the words.
create function message_hits(workspace text, question tsquery) returns setof text
  language sql stable rows 200 security definer set search_path from current set plan_cache_mode = force_custom_plan
  as 'select w.conversation_id from message_words w
      where w.vector @@ question and w.workspace_id = workspace
        and (current_setting(''role'', true) <> ''overture_app'' or current_setting(''overture.workspace'', true) = workspace)';
