insert into campaign_versions (workspace_id, campaign_id, version, graph, author_id, published_at)
select p.workspace_id, p.id, 1, json_build_object(
    'nodes', coalesce((select json_agg(n.node::json order by n.position) from campaign_nodes n where n.campaign_id = p.id), '[]'::json),
    'edges', coalesce((select json_agg(
        case when e.condition is null then json_build_object('from', e.from_key, 'to', e.to_key)
             else json_build_object('from', e.from_key, 'to', e.to_key, 'condition', e.condition::json) end order by e.position)
      from campaign_edges e where e.campaign_id = p.id), '[]'::json))::text,
  p.owner_id, p.created_at
from campaigns p;
