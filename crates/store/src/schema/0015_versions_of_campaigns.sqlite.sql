insert into campaign_versions (workspace_id, campaign_id, version, graph, author_id, published_at)
select p.workspace_id, p.id, 1, json_object(
    'nodes', (select json_group_array(json(n.node) order by n.position) from campaign_nodes n where n.campaign_id = p.id),
    'edges', (select json_group_array(
        case when e.condition is null then json_object('from', e.from_key, 'to', e.to_key)
             else json_object('from', e.from_key, 'to', e.to_key, 'condition', json(e.condition)) end order by e.position)
      from campaign_edges e where e.campaign_id = p.id)),
  p.owner_id, p.created_at
from campaigns p;
