import dagre from "@dagrejs/dagre";
import type { Graph } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, type Place } from "~/components/funnel/graph.ts";
import { GAP_X, GAP_Y, moveTo, startOf } from "./edits.ts";

/** Where the steps stand best: top-down, in rows, the first one where it was. */
export function tidy(graph: Graph): Graph {
  if (graph.nodes.length === 0) return graph;
  const drawing = new dagre.graphlib.Graph({ multigraph: true });
  drawing.setGraph({ rankdir: "TB", nodesep: GAP_X, ranksep: GAP_Y });
  for (const node of graph.nodes) drawing.setNode(node.key, { width: NODE_W, height: NODE_H });
  const known = new Set(graph.nodes.map((node) => node.key));
  graph.edges.forEach((edge, at) => {
    if (known.has(edge.from) && known.has(edge.to)) drawing.setEdge(edge.from, edge.to, {}, `${at}`);
  });
  dagre.layout(drawing);
  const first = startOf(graph) ?? graph.nodes[0];
  const anchor = drawing.node(first?.key ?? "");
  const places = new Map<string, Place>();
  for (const node of graph.nodes) {
    const { x, y } = drawing.node(node.key);
    places.set(node.key, {
      x: Math.round(x - anchor.x + (first?.x ?? 0)),
      y: Math.round(y - anchor.y + (first?.y ?? 0)),
    });
  }
  return moveTo(graph, places);
}

/** Whether steps lie exactly on each other, as in a graph that nobody has drawn. */
export function isHeap(graph: Graph): boolean {
  return new Set(graph.nodes.map((node) => `${node.x} ${node.y}`)).size < graph.nodes.length;
}
