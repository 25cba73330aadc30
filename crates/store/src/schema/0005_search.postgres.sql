alter table search_documents add column vector tsvector not null;
create index search_documents_vector on search_documents using gin (vector);
-- No index of words serves behind row-level security, for the operator might tell what it sees. This function does, and
-- sees no other workspace than the one that its caller is confined to. Planned for each question: how many things have a
-- word is all that matters.
create function search_hits(workspace text, of_kind text, question tsquery) returns setof text
  language sql stable rows 200 security definer set search_path from current set plan_cache_mode = force_custom_plan
  as 'select d.subject_id from search_documents d
      where d.vector @@ question and d.workspace_id = workspace and d.kind = of_kind
        and (current_setting(''role'', true) <> ''overture_app'' or current_setting(''overture.workspace'', true) = workspace)';
