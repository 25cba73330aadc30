import type { FunnelNode, Graph } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, type Place } from "~/components/funnel/graph.ts";

/** How near to a way something must be let go to get onto it, in pixels of the canvas. */
const NEAR = 44;

/** The way that passes nearest to a place, if it is near enough. */
export function wayNear(graph: Graph, place: Place, not?: string): number | null {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  let best: { at: number; far: number } | null = null;
  for (const [at, edge] of graph.edges.entries()) {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (!from || !to || edge.from === not || edge.to === not) continue;
    const far = distance(place, bottom(from), top(to));
    if (far <= NEAR && (best === null || far < best.far)) best = { at, far };
  }
  return best?.at ?? null;
}

export const middle = (place: Place): Place => ({ x: place.x + NODE_W / 2, y: place.y + NODE_H / 2 });
const top = (node: FunnelNode): Place => ({ x: node.x + NODE_W / 2, y: node.y });
const bottom = (node: FunnelNode): Place => ({ x: node.x + NODE_W / 2, y: node.y + NODE_H });

/** From a point to a line between two others. */
function distance(point: Place, from: Place, to: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}
