import type { FunnelNode, Graph } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, type Place } from "~/components/funnel/graph.ts";

/** Where ways run on the canvas, and what is near to them. */

/** How near to a way something must be let go to get onto it, in pixels of the canvas. */
const NEAR = 44;
/** How far a way keeps from a step that it passes. */
const ASIDE = 28;
/** How far apart ways run that pass the same steps. */
const APART = 14;
/** How far below a step a way turns aside. */
const TURN = 22;

export const middle = (place: Place): Place => ({ x: place.x + NODE_W / 2, y: place.y + NODE_H / 2 });
const top = (node: Place): Place => ({ x: node.x + NODE_W / 2, y: node.y });
const bottom = (node: Place): Place => ({ x: node.x + NODE_W / 2, y: node.y + NODE_H });

/** For each way that would run behind a step, or back up, the line beside the steps on which it runs instead. */
export function lanes(graph: Graph): Map<number, number> {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const found = new Map<number, number>();
  const taken: number[] = [];
  for (const [at, edge] of graph.edges.entries()) {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (!from || !to || from === to) continue;
    const others = graph.nodes.filter((node) => node !== from && node !== to);
    const wanted = laneOf(from, to, others);
    if (wanted === null) continue;
    let lane = wanted.x;
    while (taken.some((other) => Math.abs(other - lane) < APART)) lane += wanted.side * APART;
    taken.push(lane);
    found.set(at, lane);
  }
  return found;
}

function laneOf(from: FunnelNode, to: FunnelNode, others: readonly FunnelNode[]) {
  const back = to.y < from.y + NODE_H + 2 * TURN - 4;
  const [start, end] = [bottom(from), top(to)];
  if (!back && !others.some((node) => crosses(node, start, end))) return null;
  const [low, high] = [Math.min(from.y, to.y), Math.max(from.y, to.y) + NODE_H];
  const between = (back ? [...others, from, to] : others).filter(
    (node) => node.y + NODE_H > low && node.y < high,
  );
  const beside = between.filter((node) => back || near(node, start, end));
  const left = Math.min(...beside.map((node) => node.x)) - ASIDE;
  const right = Math.max(...beside.map((node) => node.x + NODE_W)) + ASIDE;
  const mid = (start.x + end.x) / 2;
  return !back && mid - left < right - mid ? { x: left, side: -1 } : { x: right, side: 1 };
}

/** Whether a step lies in the columns between two places. */
const near = (node: Place, start: Place, end: Place): boolean =>
  node.x + NODE_W + ASIDE > Math.min(start.x, end.x) && node.x - ASIDE < Math.max(start.x, end.x);

/** Whether the line between two places runs behind a step. */
function crosses(node: Place, start: Place, end: Place): boolean {
  const inBox = Math.min(start.y, end.y) < node.y + NODE_H + 4 && Math.max(start.y, end.y) > node.y - 4;
  if (!inBox || !near(node, start, end)) return false;
  const steps = Math.max(2, Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / 16));
  for (let step = 1; step < steps; step += 1) {
    const x = start.x + ((end.x - start.x) * step) / steps;
    const y = start.y + ((end.y - start.y) * step) / steps;
    if (x > node.x - 6 && x < node.x + NODE_W + 6 && y > node.y - 4 && y < node.y + NODE_H + 4) return true;
  }
  return false;
}

/** The corners of a way along its lane. */
export const corners = (start: Place, end: Place, lane: number): Place[] => [
  start,
  { x: start.x, y: start.y + TURN },
  { x: lane, y: start.y + TURN },
  { x: lane, y: end.y - TURN },
  { x: end.x, y: end.y - TURN },
  end,
];

/** A line through places, with round corners. */
export function rounded(points: readonly Place[], radius = 12): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, index) => {
    const before = points[index];
    const after = points[index + 2];
    if (!before || !after) {
      path += `L${point.x} ${point.y}`;
      return;
    }
    const into = towards(point, before, radius);
    const out = towards(point, after, radius);
    path += `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
  });
  return path;
}

function towards(from: Place, to: Place, most: number): Place {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  const share = Math.min(most, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** The way that passes nearest to a place, if it is near enough. */
export function wayNear(graph: Graph, place: Place, not?: string): number | null {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const beside = lanes(graph);
  let best: { at: number; far: number } | null = null;
  for (const [at, edge] of graph.edges.entries()) {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (!from || !to || edge.from === not || edge.to === not) continue;
    const [start, end] = [bottom(from), top(to)];
    const lane = beside.get(at);
    const line = lane === undefined ? [start, end] : corners(start, end, lane);
    for (const [index, point] of line.entries()) {
      const next = line[index + 1];
      const far = next ? distance(place, point, next) : NEAR + 1;
      if (far <= NEAR && (best === null || far < best.far)) best = { at, far };
    }
  }
  return best?.at ?? null;
}

/** From a point to a line between two others. */
function distance(point: Place, from: Place, to: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}
