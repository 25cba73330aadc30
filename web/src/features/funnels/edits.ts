import type { Condition, FunnelEdge, FunnelNode, Graph, NodeConfig } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, type Place } from "~/components/funnel/graph.ts";
import { kindOf, variantsOf } from "~/components/funnel/kinds.ts";

/**
 * Every change of a funnel, as a function from a graph to the next one. What does nothing gives back the very
 * graph that it got, so that "nothing has changed" can be asked with `===`.
 */

/** Air between two steps. */
export const GAP_X = 56;
export const GAP_Y = 52;
const STEP_Y = NODE_H + GAP_Y;

export type Added = { graph: Graph; key: string };

export const nodeAt = (graph: Graph, key: string): FunnelNode | undefined =>
  graph.nodes.find((node) => node.key === key);
/** A way out, with its place among all edges of the graph. */
export type Way = { edge: FunnelEdge; at: number };
export const waysFrom = (graph: Graph, key: string): Way[] =>
  graph.edges.map((edge, at) => ({ edge, at })).filter(({ edge }) => edge.from === key);
export const waysTo = (graph: Graph, key: string): Way[] =>
  graph.edges.map((edge, at) => ({ edge, at })).filter(({ edge }) => edge.to === key);
/** The way of those whom no condition takes. */
export const defaultWay = (graph: Graph, key: string): Way | undefined =>
  waysFrom(graph, key).find(({ edge }) => !edge.condition);

/** Where everybody begins: the first step that no other one leads to. */
export function startOf(graph: Graph): FunnelNode | undefined {
  const led = new Set(graph.edges.filter((edge) => edge.from !== edge.to).map((edge) => edge.to));
  return graph.nodes.find((node) => !led.has(node.key)) ?? graph.nodes[0];
}

/** A key that no step has, `N7`. Keys are never used again in a graph that still has the old one. */
export function freshKey(taken: ReadonlySet<string>): string {
  let number = taken.size + 1;
  while (taken.has(`N${number}`)) number += 1;
  return `N${number}`;
}
const keysOf = (graph: Graph): Set<string> => new Set(graph.nodes.map((node) => node.key));

function freshName(graph: Graph, label: string): string {
  const names = new Set(graph.nodes.map((node) => node.name));
  let name = label;
  for (let number = 2; names.has(name); number += 1) name = `${label} ${number}`;
  return name;
}

function fresh(graph: Graph, type: string, place: Place): FunnelNode {
  const kind = kindOf(type);
  const key = freshKey(keysOf(graph));
  return { key, type, name: freshName(graph, kind.label), config: { ...kind.defaults }, ...place };
}

const withNode = (graph: Graph, node: FunnelNode): Graph => ({ ...graph, nodes: [...graph.nodes, node] });
const withEdges = (graph: Graph, edges: FunnelEdge[]): Graph => ({ ...graph, edges });

/** The nearest place that nothing covers, going to the right. */
export function freePlace(graph: Graph, wanted: Place): Place {
  const covered = ({ x, y }: Place) =>
    graph.nodes.some((node) => Math.abs(node.x - x) < NODE_W + 8 && Math.abs(node.y - y) < NODE_H + 8);
  let place = wanted;
  while (covered(place)) place = { x: place.x + NODE_W + GAP_X, y: place.y };
  return place;
}

/** Everything that people get to from a step, itself included. */
export function reach(graph: Graph, from: string): Set<string> {
  const seen = new Set([from]);
  const next = new Map<string, string[]>();
  for (const edge of graph.edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to]);
  const open = [from];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const to of next.get(key) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return seen;
}

/** Makes room for one more step above `key`: what stands lower and comes later moves down. */
function pushDown(graph: Graph, key: string, above: number): Graph {
  const target = nodeAt(graph, key);
  if (!target || target.y >= above + STEP_Y) return graph;
  const by = above + STEP_Y - target.y;
  const later = reach(graph, key);
  const nodes = graph.nodes.map((node) =>
    later.has(node.key) && node.y >= target.y ? { ...node, y: node.y + by } : node,
  );
  return { ...graph, nodes };
}

/** A new step that nothing leads to. */
export function addLoose(graph: Graph, type: string, place: Place): Added {
  const node = fresh(graph, type, freePlace(graph, place));
  return { graph: withNode(graph, node), key: node.key };
}

/** Puts a new step on a way: who had taken the way comes to the new step, and goes on from there. */
export function insertOn(graph: Graph, at: number, type: string): Added | null {
  const edge = graph.edges[at];
  const from = edge && nodeAt(graph, edge.from);
  const to = edge && nodeAt(graph, edge.to);
  if (!edge || !from || !to || kindOf(type).ways === "none") return null;
  const y = from.y + STEP_Y;
  const roomy = from.y < to.y ? pushDown(graph, to.key, y) : graph;
  const straight = waysFrom(graph, from.key).length === 1;
  const place = from.y < to.y ? { x: straight ? from.x : to.x, y } : freePlace(graph, { x: from.x, y });
  const node = fresh(roomy, type, place);
  return { graph: threaded(withNode(roomy, node), at, node.key), key: node.key };
}

/** Leads a way over a step, and from there to where it led. */
function threaded(graph: Graph, at: number, key: string): Graph {
  const edges = graph.edges.flatMap((edge, index) =>
    index === at
      ? [
          { ...edge, to: key },
          { from: key, to: edge.to },
        ]
      : [edge],
  );
  return withEdges(graph, edges);
}

/** Puts a step that stands alone on a way. */
export function dropOn(graph: Graph, at: number, key: string): Graph {
  const edge = graph.edges[at];
  const node = nodeAt(graph, key);
  if (!edge || !node || edge.from === key || edge.to === key) return graph;
  if (kindOf(node.type).ways === "none" || waysFrom(graph, key).length + waysTo(graph, key).length > 0)
    return graph;
  return threaded(graph, at, key);
}

/** What may come after a step: an exit only where it takes nobody's way on. */
export function mayFollow(graph: Graph, key: string, type: string): boolean {
  const node = nodeAt(graph, key);
  if (!node || kindOf(node.type).ways === "none") return false;
  return kindOf(type).ways !== "none" || defaultWay(graph, key) === undefined;
}

/** Adds a step after another: on its way to the next one, or at its end. */
export function addAfter(graph: Graph, key: string, type: string): Added | null {
  const before = nodeAt(graph, key);
  if (!before || !mayFollow(graph, key, type)) return null;
  const way = defaultWay(graph, key);
  if (way) return insertOn(graph, way.at, type);
  const place = freePlace(graph, { x: before.x, y: before.y + STEP_Y });
  const node = fresh(graph, type, place);
  const more = withNode(graph, node);
  return { graph: withEdges(more, [...more.edges, { from: key, to: node.key }]), key: node.key };
}

/** Adds a step before the first one. */
export function addFirst(graph: Graph, type: string): Added | null {
  const first = startOf(graph);
  if (!first) return addLoose(graph, type, { x: 0, y: 0 });
  if (kindOf(type).ways === "none") return null;
  const node = fresh(graph, type, freePlace(graph, { x: first.x, y: first.y - STEP_Y }));
  // The first in the file as well: where two steps have nothing before them, the first one is the start.
  const edges = [{ from: node.key, to: first.key }, ...graph.edges];
  return { graph: { nodes: [node, ...graph.nodes], edges }, key: node.key };
}

/** What a new way asks until somebody says better. */
export const FIRST_QUESTION: Condition = { event: "opened", happened: true };

/** The same for a way from this step: of a split, the first variant that has none. */
function firstQuestion(graph: Graph, from: FunnelNode): Condition {
  if (from.type !== "split") return FIRST_QUESTION;
  const asked = waysFrom(graph, from.key).flatMap(({ edge }) =>
    edge.condition && "split" in edge.condition ? [edge.condition.variant] : [],
  );
  const variants = variantsOf(from.config ?? {});
  const free = variants.find(({ key }) => !asked.includes(key)) ?? variants[0];
  return free ? { split: from.key, variant: free.key } : FIRST_QUESTION;
}

/** A new way with a condition, to a new step of its own. It is tried after those with conditions before it. */
export function addBranch(graph: Graph, key: string, type: string): Added | null {
  const from = nodeAt(graph, key);
  if (!from || kindOf(from.type).ways === "none") return null;
  const lowest = waysFrom(graph, key).map(({ edge }) => nodeAt(graph, edge.to)?.x ?? from.x);
  const x = lowest.length === 0 ? from.x : Math.max(...lowest) + NODE_W + GAP_X;
  const node = fresh(graph, type, freePlace(graph, { x, y: from.y + STEP_Y }));
  return { graph: connect(withNode(graph, node), key, node.key), key: node.key };
}

const sameWay = (one: FunnelEdge, other: FunnelEdge): boolean =>
  one.from === other.from &&
  one.to === other.to &&
  JSON.stringify(one.condition ?? null) === JSON.stringify(other.condition ?? null);

/** Draws a way. The first from a step is for everybody; a further one begins with a question. */
export function connect(graph: Graph, from: string, to: string): Graph {
  const start = nodeAt(graph, from);
  if (!start || !nodeAt(graph, to) || from === to || kindOf(start.type).ways === "none") return graph;
  const open = defaultWay(graph, from);
  if (open?.edge.to === to) return graph;
  const edge: FunnelEdge = open ? { from, to, condition: firstQuestion(graph, start) } : { from, to };
  if (graph.edges.some((other) => sameWay(other, edge))) return graph;
  // Questions are asked before everybody else is let through, so that the order reads as it works.
  const at = open && edge.condition ? open.at : graph.edges.length;
  return withEdges(graph, graph.edges.toSpliced(at, 0, edge));
}

export function disconnect(graph: Graph, at: number): Graph {
  return graph.edges[at] ? withEdges(graph, graph.edges.toSpliced(at, 1)) : graph;
}

/** Leads a way from or to another step; its condition stays. */
export function reconnect(graph: Graph, at: number, ends: { from?: string; to?: string }): Graph {
  const edge = graph.edges[at];
  if (!edge) return graph;
  const next = { ...edge, from: ends.from ?? edge.from, to: ends.to ?? edge.to };
  const start = nodeAt(graph, next.from);
  if (!start || !nodeAt(graph, next.to) || next.from === next.to || kindOf(start.type).ways === "none")
    return graph;
  if (graph.edges.some((other) => sameWay(other, next))) return graph;
  return withEdges(graph, graph.edges.with(at, next));
}

/** Asks a question before a way, or lets everybody else take it. */
export function setCondition(graph: Graph, at: number, condition: Condition | null): Graph {
  const edge = graph.edges[at];
  if (!edge || JSON.stringify(edge.condition ?? null) === JSON.stringify(condition)) return graph;
  const { condition: _, ...bare } = edge;
  return withEdges(graph, graph.edges.with(at, condition ? { ...bare, condition } : bare));
}

/** Tries a way earlier (-1) or later (+1) among those of its step. */
export function moveWay(graph: Graph, at: number, by: -1 | 1): Graph {
  const edge = graph.edges[at];
  if (!edge) return graph;
  const ways = waysFrom(graph, edge.from);
  const other = ways[ways.findIndex((way) => way.at === at) + by];
  if (!other) return graph;
  return withEdges(graph, graph.edges.with(at, other.edge).with(other.at, edge));
}

/** Takes steps out. Who was on the way to one goes on to where it led everybody else. */
export function remove(graph: Graph, keys: Iterable<string>): Graph {
  let now = graph;
  for (const key of keys) now = removeOne(now, key);
  return now;
}

function removeOne(graph: Graph, key: string): Graph {
  if (!nodeAt(graph, key)) return graph;
  const out = waysFrom(graph, key).filter(({ edge }) => edge.to !== key);
  const next = (defaultWay(graph, key) ?? (out.length === 1 ? out[0] : undefined))?.edge.to;
  const edges: FunnelEdge[] = [];
  for (const edge of graph.edges) {
    if (edge.from === key) continue;
    const healed = edge.to === key ? (next === undefined ? null : { ...edge, to: next }) : edge;
    if (!healed || (edge.to === key && healed.to === healed.from)) continue;
    if (edges.some((other) => sameWay(other, healed))) continue;
    edges.push(healed);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => node.key !== key), edges };
}

function change(graph: Graph, key: string, next: (node: FunnelNode) => FunnelNode): Graph {
  const at = graph.nodes.findIndex((node) => node.key === key);
  const node = graph.nodes[at];
  if (!node) return graph;
  const changed = next(node);
  return changed === node ? graph : { ...graph, nodes: graph.nodes.with(at, changed) };
}

export const rename = (graph: Graph, key: string, name: string): Graph =>
  change(graph, key, (node) => (node.name === name ? node : { ...node, name }));

/** Sets some settings of a step; `undefined` takes one out. */
export function configure(graph: Graph, key: string, settings: NodeConfig): Graph {
  return change(graph, key, (node) => {
    const before = node.config ?? {};
    if (Object.entries(settings).every(([name, value]) => before[name] === value)) return node;
    const merged = Object.entries({ ...before, ...settings }).filter(([, value]) => value !== undefined);
    return { ...node, config: Object.fromEntries(merged) };
  });
}

/** Puts steps elsewhere on the canvas. */
export function moveTo(graph: Graph, places: ReadonlyMap<string, Place>): Graph {
  let moved = false;
  const nodes = graph.nodes.map((node) => {
    const place = places.get(node.key);
    if (!place || (place.x === node.x && place.y === node.y)) return node;
    moved = true;
    return { ...node, x: place.x, y: place.y };
  });
  return moved ? { ...graph, nodes } : graph;
}

/** The step right before this one, where the two may change places. */
function swappable(graph: Graph, key: string): { before: FunnelNode; node: FunnelNode; way: Way } | null {
  const node = nodeAt(graph, key);
  const [way, ...others] = waysTo(graph, key);
  const before = way && nodeAt(graph, way.edge.from);
  if (!node || !way || !before || others.length > 0 || before.key === key || way.edge.condition) return null;
  if (waysFrom(graph, before.key).length !== 1 || waysFrom(graph, key).length > 1) return null;
  const out = waysFrom(graph, key)[0]?.edge;
  // A question stays where it is asked, and two steps that lead to each other have no order.
  if (out?.condition || out?.to === before.key || kindOf(node.type).ways === "none") return null;
  return { before, node, way };
}

export const canMoveUp = (graph: Graph, key: string): boolean => swappable(graph, key) !== null;

/** The step that would move up in its place. */
function follower(graph: Graph, key: string): string | null {
  const [way, ...others] = waysFrom(graph, key);
  return way && others.length === 0 && swappable(graph, way.edge.to) ? way.edge.to : null;
}
export const canMoveDown = (graph: Graph, key: string): boolean => follower(graph, key) !== null;

/** Changes places with the step before it. */
export function moveUp(graph: Graph, key: string): Graph {
  const pair = swappable(graph, key);
  if (!pair) return graph;
  const { before, node } = pair;
  const edges = graph.edges.map((edge) => {
    if (edge.from === before.key && edge.to === key) return { ...edge, from: key, to: before.key };
    if (edge.to === before.key) return { ...edge, to: key };
    if (edge.from === key) return { ...edge, from: before.key };
    return edge;
  });
  // The file's order as well: where nothing leads to either, the first one is the start.
  const nodes = graph.nodes.map((other) =>
    other.key === key
      ? { ...before, x: node.x, y: node.y }
      : other.key === before.key
        ? { ...node, x: before.x, y: before.y }
        : other,
  );
  return { ...graph, nodes, edges };
}

/** Changes places with the step after it. */
export function moveDown(graph: Graph, key: string): Graph {
  const next = follower(graph, key);
  return next === null ? graph : moveUp(graph, next);
}
