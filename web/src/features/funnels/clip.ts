import type { Condition, FunnelEdge, FunnelNode, Graph } from "~/api/types/funnels.ts";
import type { Place } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { defaultWay, freePlace, freshKey, nodeAt, reach, waysFrom } from "./edits.ts";
import { tidy } from "./tidy.ts";

/** Steps on the clipboard: text, so that they get to another funnel, tab or browser. */
export type Clip = Graph & { overture: "steps"; funnel: string };

/** The chosen steps and the ways between them, or nothing where none is chosen. */
export function clipOf(graph: Graph, keys: ReadonlySet<string>, funnel: string): Clip | null {
  const nodes = graph.nodes.filter((node) => keys.has(node.key));
  if (nodes.length === 0) return null;
  const edges = graph.edges.filter((edge) => keys.has(edge.from) && keys.has(edge.to));
  return { overture: "steps", funnel, nodes, edges };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a clipboard; anybody may have written it, so nothing but steps gets in. */
export function readClip(text: string): Clip | null {
  if (!text.startsWith("{")) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.overture !== "steps") return null;
  const { nodes, edges, funnel } = value;
  if (!Array.isArray(nodes) || !Array.isArray(edges) || nodes.length === 0 || nodes.length > 1000)
    return null;
  const isNode = (node: unknown) =>
    isObject(node) &&
    typeof node.key === "string" &&
    typeof node.type === "string" &&
    typeof node.name === "string" &&
    Number.isFinite(node.x) &&
    Number.isFinite(node.y) &&
    (node.config === undefined || isObject(node.config));
  const isEdge = (edge: unknown) =>
    isObject(edge) &&
    typeof edge.from === "string" &&
    typeof edge.to === "string" &&
    (edge.condition === undefined || edge.condition === null || isCondition(edge.condition));
  if (!nodes.every(isNode) || !edges.every(isEdge)) return null;
  return { overture: "steps", funnel: typeof funnel === "string" ? funnel : "", nodes, edges } as Clip;
}

function isCondition(value: unknown, depth = 0): boolean {
  if (!isObject(value) || depth > 20) return false;
  if (Array.isArray(value.all)) return value.all.every((inner) => isCondition(inner, depth + 1));
  if (Array.isArray(value.any)) return value.any.every((inner) => isCondition(inner, depth + 1));
  if ("not" in value) return isCondition(value.not, depth + 1);
  if (typeof value.split === "string") return typeof value.variant === "string";
  if (typeof value.icp_at_least === "number" || typeof value.set_id === "string") return true;
  if (typeof value.task === "string") return typeof value.outcome === "string";
  return typeof value.event === "string" || (typeof value.field === "string" && typeof value.op === "string");
}

/** A condition whose steps have other keys. */
function renamed(condition: Condition, key: (old: string) => string): Condition {
  if ("all" in condition) return { ...condition, all: condition.all.map((inner) => renamed(inner, key)) };
  if ("any" in condition) return { ...condition, any: condition.any.map((inner) => renamed(inner, key)) };
  if ("not" in condition) return { ...condition, not: renamed(condition.not, key) };
  if ("event" in condition && condition.node) return { ...condition, node: key(condition.node) };
  if ("split" in condition) return { ...condition, split: key(condition.split) };
  if ("task" in condition) return { ...condition, task: key(condition.task) };
  return condition;
}

/** The config of a step that names another one: a goto, or a wait for what happens to a message. */
function named(node: FunnelNode, key: (old: string) => string): Partial<Pick<FunnelNode, "config">> {
  const step = node.config?.node;
  return typeof step === "string" && step !== "" ? { config: { ...node.config, node: key(step) } } : {};
}

export type Pasted = { graph: Graph; keys: string[] };

/** Adds the steps under new keys, standing `by` away from where they were copied. */
export function paste(graph: Graph, clip: Clip, funnel: string, by: Place = { x: 40, y: 40 }): Pasted {
  const taken = new Set(graph.nodes.map((node) => node.key));
  const keys = new Map<string, string>();
  for (const node of clip.nodes) {
    const key = freshKey(taken);
    taken.add(key);
    keys.set(node.key, key);
  }
  // In another funnel the same key is another step: a question about what was not copied must not become one
  // about that. It names a step that is not there, and the check says so.
  const elsewhere = (old: string) => (clip.funnel === funnel ? old : `${old}.copied`);
  const key = (old: string) => keys.get(old) ?? elsewhere(old);
  let next = graph;
  for (const node of clip.nodes) {
    const place = freePlace(next, { x: node.x + by.x, y: node.y + by.y });
    next = {
      ...next,
      nodes: [...next.nodes, { ...node, ...place, key: key(node.key), ...named(node, key) }],
    };
  }
  const edges: FunnelEdge[] = clip.edges.map((edge) => ({
    ...edge,
    from: key(edge.from),
    to: key(edge.to),
    ...(edge.condition ? { condition: renamed(edge.condition, key) } : {}),
  }));
  return { graph: { ...next, edges: [...next.edges, ...edges] }, keys: [...keys.values()] };
}

/** Adds the steps into the way after a step: it leads to the first of them, and the last leads on. */
export function pasteAfter(graph: Graph, clip: Clip, funnel: string, after: string): Pasted | null {
  const before = nodeAt(graph, after);
  if (!before || kindOf(before.type).ways === "none") return null;
  const led = new Set(clip.edges.map((edge) => edge.to));
  const first = clip.nodes.find((node) => !led.has(node.key)) ?? clip.nodes[0];
  if (!first) return null;
  const { graph: more, keys } = paste(graph, clip, funnel, {
    x: before.x - first.x,
    y: before.y + 120 - first.y,
  });
  const start = keys[clip.nodes.indexOf(first)];
  if (start === undefined) return null;
  const way = defaultWay(more, after);
  const inside = reach(more, start);
  const last = keys.find((key) => {
    const node = nodeAt(more, key);
    return node && inside.has(key) && kindOf(node.type).ways !== "none" && waysFrom(more, key).length === 0;
  });
  let edges = more.edges;
  if (way) edges = edges.with(way.at, { ...way.edge, to: start });
  else edges = [...edges, { from: after, to: start }];
  if (way && last !== undefined) edges = [...edges, { from: last, to: way.edge.to }];
  return { graph: tidy({ ...more, edges }), keys };
}
