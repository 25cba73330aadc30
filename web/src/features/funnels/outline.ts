import type { FunnelEdge, FunnelNode, Graph } from "~/api/types/funnels.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { startOf, type Way, waysFrom } from "./edits.ts";

/**
 * The graph as an ordered list. Ways that part stand indented under the step where they part; where they come
 * together again, the list goes on without the indent.
 */

export type Block = Line[];
export type Line = {
  node: FunnelNode;
  /** Its number in the list, from 1. */
  number: number;
  /** The ways out, where there is more to say than "then the next line". */
  branches: Branch[];
  /** The key of a step elsewhere in the list, to which it goes on. */
  goesTo: string | null;
};
export type Branch = { way: Way; block: Block; goesTo: string | null };
export type Outline = { main: Block; loose: Block[]; numbers: ReadonlyMap<string, number> };

const EXIT = "\u0000exit";

/** For each step, the next one that everybody passes who passed it, whichever way they took. */
export function meetings(graph: Graph): Map<string, string | null> {
  const known = new Set(graph.nodes.map((node) => node.key));
  const edges = graph.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const out = new Map<string, string[]>();
  const back = new Map<string, string[]>();
  const link = (from: string, to: string) => {
    out.set(from, [...(out.get(from) ?? []), to]);
    back.set(to, [...(back.get(to) ?? []), from]);
  };
  for (const edge of edges) link(edge.from, edge.to);
  for (const { key } of graph.nodes) if (!out.has(key)) link(key, EXIT);
  const order = backwards(back);
  const rank = new Map(order.map((key, at) => [key, at]));
  const found = new Map<string, string>([[EXIT, EXIT]]);
  const common = (one: string, other: string): string => {
    let [a, b] = [one, other];
    while (a !== b) {
      const [far, near] = (rank.get(a) ?? 0) > (rank.get(b) ?? 0) ? [a, b] : [b, a];
      a = found.get(far) ?? EXIT;
      b = near;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const key of order) {
      if (key === EXIT) continue;
      const done = (out.get(key) ?? []).filter((next) => found.has(next));
      const meeting = done.reduce<string | undefined>(
        (so, next) => (so === undefined ? next : common(so, next)),
        undefined,
      );
      if (meeting === undefined || found.get(key) === meeting) continue;
      found.set(key, meeting);
      changed = true;
    }
  }
  const answer = new Map<string, string | null>();
  for (const { key } of graph.nodes) {
    const meeting = found.get(key);
    answer.set(key, meeting === undefined || meeting === EXIT ? null : meeting);
  }
  return answer;
}

/** From the end to the start: each step after all that come later, where nothing goes round. */
function backwards(back: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set([EXIT]);
  const order: string[] = [];
  const open: { key: string; next: number }[] = [{ key: EXIT, next: 0 }];
  for (let here = open.at(-1); here; here = open.at(-1)) {
    const next = back.get(here.key)?.[here.next];
    here.next += 1;
    if (next === undefined) {
      order.push(here.key);
      open.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      open.push({ key: next, next: 0 });
    }
  }
  return order.reverse();
}

/** Conditions first, then the way for everybody else: in the order of the file, which is the order of asking. */
export function outline(graph: Graph): Outline {
  const nodes = new Map(graph.nodes.map((node) => [node.key, node]));
  const meeting = meetings(graph);
  const numbers = new Map<string, number>();
  const from = new Map<string, Way[]>();
  for (const { key } of graph.nodes) from.set(key, []);
  graph.edges.forEach((edge, at) => {
    from.get(edge.from)?.push({ edge, at });
  });

  const walk = (first: string, stops: ReadonlySet<string>): { block: Block; goesTo: string | null } => {
    const block: Block = [];
    let key: string | null = first;
    while (key !== null) {
      const node = nodes.get(key);
      if (!node) return { block, goesTo: null };
      if (stops.has(key) || numbers.has(key)) {
        const last = block.at(-1);
        if (!last) return { block, goesTo: key };
        // What follows in the list anyway needs no words.
        if (!stops.has(key) && last.branches.length === 0) last.goesTo = key;
        return { block, goesTo: null };
      }
      numbers.set(key, numbers.size + 1);
      const ways: Way[] = from.get(key) ?? [];
      const line: Line = { node, number: numbers.size, branches: [], goesTo: null };
      block.push(line);
      const only: FunnelEdge | undefined = ways.length === 1 ? ways[0]?.edge : undefined;
      if (only && !only.condition) {
        key = only.to;
        continue;
      }
      const after: string | null = ways.length > 0 ? (meeting.get(key) ?? null) : null;
      const inner = after === null ? stops : new Set([...stops, after]);
      line.branches = ways.map((way) => ({ way, ...walk(way.edge.to, inner) }));
      key = after;
    }
    return { block, goesTo: null };
  };

  const start = startOf(graph);
  const main = start ? walk(start.key, new Set()).block : [];
  const loose: Block[] = [];
  // First what nothing leads to, so that what hangs on it is listed under it.
  const led = new Set(graph.edges.filter((edge) => edge.from !== edge.to).map((edge) => edge.to));
  for (const rest of [graph.nodes.filter((node) => !led.has(node.key)), graph.nodes])
    for (const { key } of rest) if (!numbers.has(key)) loose.push(walk(key, new Set()).block);
  return { main, loose, numbers };
}

/** Every step of an outline, in the order of its numbers. */
export function linesOf({ main, loose }: Outline): Line[] {
  const lines: Line[] = [];
  const visit = (block: Block) => {
    for (const line of block) {
      lines.push(line);
      for (const branch of line.branches) visit(branch.block);
    }
  };
  for (const block of [main, ...loose]) visit(block);
  return lines;
}

/** The step after which one more belongs where nothing else is said: the last that leads on. */
export function endOf({ main }: Outline): string | null {
  const open = main.filter((line) => kindOf(line.node.type).ways !== "none");
  return open.at(-1)?.node.key ?? null;
}

/** The step that the arrow keys lead to on the canvas. */
export function neighbour(graph: Graph, key: string, arrow: string): string | null {
  const byPlace = (one: string, other: string) => {
    const [a, b] = [one, other].map((at) => graph.nodes.find((node) => node.key === at));
    return (a?.x ?? 0) - (b?.x ?? 0) || (a?.y ?? 0) - (b?.y ?? 0);
  };
  const next = [...new Set(waysFrom(graph, key).map(({ edge }) => edge.to))].sort(byPlace);
  const before = graph.edges.filter((edge) => edge.to === key && edge.from !== key).map((edge) => edge.from);
  if (arrow === "ArrowDown") return next[0] ?? null;
  if (arrow === "ArrowUp") return before[0] ?? null;
  const beside = before.flatMap((from) => waysFrom(graph, from).map(({ edge }) => edge.to));
  const row = [...new Set([...beside, key])].sort(byPlace);
  return row[row.indexOf(key) + (arrow === "ArrowLeft" ? -1 : 1)] ?? null;
}
