import type { Condition, FunnelEdge, FunnelNode } from "~/api/types/funnels.ts";
import { words } from "~/lib/format.ts";
import { kindOf } from "./kinds.ts";

/** Reading a funnel: its order, its layout, its words. */

export const NODE_W = 208;
export const NODE_H = 68;
const GAP_X = 56;
const GAP_Y = 50;

/** Depth of each node from the start, by the longest way without going round. */
function depths(nodes: readonly FunnelNode[], edges: readonly FunnelEdge[]): Map<string, number> {
  const incoming = new Set(edges.map((edge) => edge.to));
  const start = nodes.find((node) => !incoming.has(node.key)) ?? nodes[0];
  const depth = new Map<string, number>();
  const walk = (key: string, level: number, path: ReadonlySet<string>) => {
    if (path.has(key) || (depth.get(key) ?? -1) >= level) return;
    depth.set(key, level);
    const next = new Set(path).add(key);
    for (const edge of edges) if (edge.from === key) walk(edge.to, level + 1, next);
  };
  if (start) walk(start.key, 0, new Set());
  for (const node of nodes) if (!depth.has(node.key)) depth.set(node.key, Math.max(0, ...depth.values()) + 1);
  return depth;
}

/** Nodes in the order in which a person passes them. */
export function inOrder<N extends FunnelNode>(nodes: readonly N[], edges: readonly FunnelEdge[]): N[] {
  const depth = depths(nodes, edges);
  return [...nodes].sort(
    (one, other) =>
      (depth.get(one.key) ?? 0) - (depth.get(other.key) ?? 0) || one.x - other.x || one.y - other.y,
  );
}

export type Place = { x: number; y: number };

/** Where the nodes stand: as they were drawn, or tidied top-down when drawn on one heap. */
export function placesOf(nodes: readonly FunnelNode[], edges: readonly FunnelEdge[]): Map<string, Place> {
  if (!overlaps(nodes)) return new Map(nodes.map((node) => [node.key, { x: node.x, y: node.y }]));
  const depth = depths(nodes, edges);
  const rows = new Map<number, string[]>();
  for (const node of nodes) {
    const level = depth.get(node.key) ?? 0;
    rows.set(level, [...(rows.get(level) ?? []), node.key]);
  }
  const places = new Map<string, Place>();
  for (const [level, keys] of rows) {
    keys.forEach((key, index) => {
      const x = (index - (keys.length - 1) / 2) * (NODE_W + GAP_X);
      places.set(key, { x, y: level * (NODE_H + GAP_Y) });
    });
  }
  return places;
}

function overlaps(nodes: readonly FunnelNode[]): boolean {
  return nodes.some((one, index) =>
    nodes
      .slice(index + 1)
      .some((other) => Math.abs(one.x - other.x) < NODE_W && Math.abs(one.y - other.y) < NODE_H),
  );
}

/** Words that could be read together with those beside them in two ways. */
const isMixed = (condition: Condition): boolean =>
  ("all" in condition && condition.all.length > 1) || ("any" in condition && condition.any.length > 1);

/** A set by the first letters of its id: what it is called is not known here. */
const SET_WORDS: Record<string, string> = { tag: "has a tag", lst: "is on a list", seg: "is in a segment" };

/** A condition as a sentence without a subject: `replied`, `City is Oslo`. */
export function conditionText(
  condition: Condition | null | undefined,
  nameOf: (key: string) => string,
): string {
  if (!condition) return "";
  if ("event" in condition) {
    const about = condition.node ? ` "${nameOf(condition.node)}"` : "";
    return `${condition.happened === false ? "not " : ""}${words(condition.event).toLowerCase()}${about}`;
  }
  if ("field" in condition) {
    const field = words(condition.field.replace(/^contact\./, ""));
    if (condition.op === "exists") return `${field} is known`;
    if (condition.op === "missing") return `${field} is missing`;
    return `${field} ${words(condition.op).toLowerCase()} ${condition.value ?? ""}`.trim();
  }
  if ("split" in condition)
    return `variant ${condition.variant.toUpperCase()} of "${nameOf(condition.split)}"`;
  if ("icp_at_least" in condition) return `ICP score at least ${condition.icp_at_least}`;
  if ("set_id" in condition) return SET_WORDS[condition.set_id.slice(0, 3)] ?? "in a set";
  if ("task" in condition) return `"${nameOf(condition.task)}" was ${condition.outcome}`;
  const inWords = (item: Condition) => conditionText(item, nameOf);
  const joined = (list: readonly Condition[], word: string) =>
    list.map((item) => (isMixed(item) ? `(${inWords(item)})` : inWords(item))).join(word);
  if ("all" in condition) return joined(condition.all, " and ");
  if ("any" in condition) return joined(condition.any, " or ");
  return `not (${conditionText(condition.not, nameOf)})`;
}

/** The condition of a way, said beside the step that it leaves. */
export function edgeText({ from, condition }: FunnelEdge, nameOf: (key: string) => string): string {
  if (condition && "task" in condition && condition.task === from) return words(condition.outcome);
  const own = condition && "split" in condition && condition.split === from;
  return own ? `variant ${condition.variant.toUpperCase()}` : conditionText(condition, nameOf);
}

/** What a node does, in one line. */
export const nodeText = (node: FunnelNode): string => kindOf(node.type).summary(node.config ?? {});
