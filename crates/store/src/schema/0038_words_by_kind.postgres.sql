-- Why a function: see search_hits. At most so many that have a word, in no order. By no other index than that of the words,
-- whatever the planner believes of how many have them: the others begin with the workspace, which is none for what is put
-- together.
create function search_some(workspace text, of_kind text, question tsquery, rest tsquery, before_n bigint, most bigint)
  returns table (n bigint, subject_id text)
  language sql stable rows 200 security definer set search_path from current
  set plan_cache_mode = force_custom_plan set enable_seqscan = off
  as 'select d.n, d.subject_id from search_documents d
      where d.vector @@ question and d.workspace_id || '''' = workspace and d.kind = of_kind and d.n + 0 < before_n
        and (rest is null or (d.vector || cast('''' as tsvector)) @@ rest)
        and (current_setting(''role'', true) <> ''overture_app'' or current_setting(''overture.workspace'', true) = workspace)
      limit most';
