import { describe, expect, it } from "vitest";
import type { FunnelEdge, FunnelNode, Graph } from "~/api/types/funnels.ts";
import { KINDS, kindOf } from "~/components/funnel/kinds.ts";
import { clipOf, paste, pasteAfter, readClip } from "./clip.ts";
import * as edits from "./edits.ts";
import { begin, commit, type History, PAUSE_MS, redo, STEPS, undo } from "./history.ts";
import { linesOf, meetings, neighbour, outline } from "./outline.ts";
import { isHeap, tidy } from "./tidy.ts";

const node = (key: string, type = "wait", x = 0, y = 0): FunnelNode => ({
  key,
  type,
  name: key,
  config: { ...kindOf(type).defaults },
  x,
  y,
});
const edge = (from: string, to: string, event?: string): FunnelEdge =>
  event ? { from, to, condition: { event, happened: true } } : { from, to };

/** a → b ⟨opened⟩ c → d, b → d, d → e. */
const FORKED: Graph = {
  nodes: [
    node("a", "email_send"),
    node("b", "condition", 0, 120),
    node("c", "sms_send", -200, 240),
    node("d", "wait", 0, 360),
    node("e", "exit", 0, 480),
  ],
  edges: [edge("a", "b"), edge("b", "c", "opened"), edge("b", "d"), edge("c", "d"), edge("d", "e")],
};
const ways = (graph: Graph) =>
  graph.edges.map((one) => `${one.from}${one.condition ? "?" : ""}${one.to}`).join(" ");

describe("adding", () => {
  it("stands between a step and the next one", () => {
    const added = edits.addAfter(FORKED, "a", "wait");
    expect(added && ways(added.graph)).toBe("aN6 N6b b?c bd cd de");
  });
  it("pushes down what comes later, and nothing else", () => {
    const graph = edits.addAfter(FORKED, "a", "wait")?.graph ?? FORKED;
    expect(graph.nodes.map((one) => one.y)).toEqual([0, 240, 360, 480, 600, 120]);
  });
  it("keeps the question before the new step of a way", () => {
    const added = edits.insertOn(FORKED, 1, "wait");
    expect(added && ways(added.graph)).toBe("ab b?N6 N6c bd cd de");
  });
  it("puts nothing behind an exit, and no exit before a step", () => {
    expect(edits.addAfter(FORKED, "e", "wait")).toBeNull();
    expect(edits.addAfter(FORKED, "a", "exit")).toBeNull();
    expect(edits.mayFollow({ nodes: [node("a")], edges: [] }, "a", "exit")).toBe(true);
  });
  it("draws a further way with a question, before the way of everybody else", () =>
    expect(ways(edits.connect(FORKED, "a", "e"))).toBe("a?e ab b?c bd cd de"));
  it("puts a step that stands alone on a way", () => {
    const alone = { ...FORKED, nodes: [...FORKED.nodes, node("f")] };
    expect(ways(edits.dropOn(alone, 4, "f"))).toBe("ab b?c bd cd df fe");
    expect(edits.dropOn(alone, 4, "c")).toBe(alone);
  });
  it("asks for the variants of a split, one way each", () => {
    let graph: Graph = { nodes: [node("s", "split"), node("a", "exit"), node("b", "exit")], edges: [] };
    graph = edits.connect(graph, "s", "a");
    expect(ways(graph)).toBe("sa");
    graph = edits.connect(graph, "s", "b");
    expect(graph.edges[0]?.condition).toEqual({ split: "s", variant: "a" });
    const more = edits.addBranch(graph, "s", "exit");
    expect(more?.graph.edges[1]?.condition).toEqual({ split: "s", variant: "b" });
  });
  it("can begin anew", () => {
    const added = edits.addFirst(FORKED, "stage");
    expect(added && edits.startOf(added.graph)?.key).toBe(added?.key);
  });
});

describe("taking out", () => {
  it.each([
    ["in the middle", "d", "ab b?c be ce"],
    ["at the start", "a", "b?c bd cd de"],
    ["at the end", "e", "ab b?c bd cd"],
    ["where ways part: everybody else's way stays", "b", "ad cd de"],
    ["on one of two ways", "c", "ab b?d bd de"],
  ])("heals the way %s", (_, key, left) => expect(ways(edits.remove(FORKED, [key]))).toBe(left));
  it("never leads a step to itself, nor the same way twice", () => {
    const round: Graph = {
      nodes: [node("a"), node("b"), node("c")],
      edges: [edge("a", "b"), edge("b", "a")],
    };
    expect(edits.remove(round, ["b"]).edges).toEqual([]);
    expect(ways(edits.remove(FORKED, ["b", "c"]))).toBe("ad de");
    const past = { ...round, edges: [edge("a", "b"), edge("b", "c"), edge("a", "c")] };
    expect(ways(edits.remove(past, ["b"]))).toBe("ac");
  });
});

describe("order", () => {
  it("changes places with the step before", () => {
    const graph: Graph = {
      nodes: [node("a"), node("b", "wait", 0, 100), node("c", "wait", 0, 200)],
      edges: [edge("a", "b"), edge("b", "c")],
    };
    expect(ways(edits.moveUp(graph, "c"))).toBe("ac cb");
    expect(linesOf(outline(edits.moveUp(graph, "b"))).map((line) => line.node.key)).toEqual(["b", "a", "c"]);
    expect(edits.moveDown(edits.moveUp(graph, "b"), "b")).toEqual(graph);
    expect(edits.moveUp(graph, "a")).toBe(graph);
  });
  it("does not move where ways part or come together", () => {
    for (const key of ["b", "c", "d", "e"]) expect(edits.canMoveUp(FORKED, key)).toBe(false);
  });
  it("tries a way earlier", () => expect(ways(edits.moveWay(FORKED, 2, -1))).toBe("ab bd b?c cd de"));
});

describe("the list", () => {
  it("indents the ways and goes on where they meet", () => {
    const { main } = outline(FORKED);
    expect(main.map((line) => line.node.key)).toEqual(["a", "b", "d", "e"]);
    expect(main[1]?.branches.map((one) => one.block.map((line) => line.node.key))).toEqual([["c"], []]);
    expect(main[1]?.branches[1]?.goesTo).toBe("d");
  });
  it("says where a way goes back, and lists what nothing leads to", () => {
    const round: Graph = {
      nodes: [node("a"), node("b"), node("x"), node("y")],
      edges: [edge("a", "b"), edge("b", "a", "opened"), edge("x", "y")],
    };
    const { main, loose } = outline(round);
    expect(main.map((line) => line.node.key)).toEqual(["x", "y"]);
    expect(loose.map((block) => block.map((line) => line.node.key))).toEqual([["a", "b"]]);
    expect(loose[0]?.[1]?.branches[0]?.goesTo).toBe("a");
  });
  it("knows where ways meet", () => {
    expect(Object.fromEntries(meetings(FORKED))).toEqual({ a: "b", b: "d", c: "d", d: "e", e: null });
  });
  it("is walked by the arrows", () => {
    expect(neighbour(FORKED, "b", "ArrowDown")).toBe("c");
    expect(neighbour(FORKED, "c", "ArrowRight")).toBe("d");
    expect(neighbour(FORKED, "d", "ArrowUp")).toBe("b");
    expect(neighbour(FORKED, "a", "ArrowUp")).toBeNull();
  });
});

describe("the clipboard", () => {
  const clip = clipOf(FORKED, new Set(["a", "b", "c"]), "one");
  it("brings the ways between the steps, under new keys", () => {
    if (!clip) throw new Error("nothing copied");
    const pasted = paste(FORKED, readClip(JSON.stringify(clip)) ?? clip, "one");
    expect(ways(pasted.graph)).toBe("ab b?c bd cd de N6N7 N7?N8");
  });
  it("keeps what a question asks about, and never asks about another funnel's step", () => {
    const asking: Graph = {
      nodes: [node("a", "email_send"), node("b", "condition"), node("c")],
      edges: [{ from: "b", to: "c", condition: { not: { event: "opened", node: "a" } } }],
    };
    const asked = (keys: string[], into: string) => {
      const copied = clipOf(asking, new Set(keys), "one");
      if (!copied) throw new Error("nothing copied");
      return paste(asking, copied, into).graph.edges.at(-1)?.condition;
    };
    expect(asked(["a", "b", "c"], "two")).toEqual({ not: { event: "opened", node: "N4" } });
    expect(asked(["b", "c"], "one")).toEqual({ not: { event: "opened", node: "a" } });
    expect(asked(["b", "c"], "two")).toEqual({ not: { event: "opened", node: "a.copied" } });
  });
  it("gives what names another step its new key as well", () => {
    const from: Graph = {
      nodes: [
        node("s", "split"),
        node("m", "sms_send"),
        { ...node("g", "goto"), config: { node: "m" } },
        { ...node("w", "wait"), config: { event: "opened", node: "elsewhere", timeout_seconds: 1 } },
      ],
      edges: [{ from: "s", to: "m", condition: { split: "s", variant: "a" } }],
    };
    const clip = clipOf(from, new Set(["s", "m", "g", "w"]), "here");
    const { graph, keys } = paste({ nodes: [], edges: [] }, clip as NonNullable<typeof clip>, "there");
    const [split, message, back, wait] = keys;
    expect(graph.edges[0]?.condition).toEqual({ split, variant: "a" });
    expect(graph.nodes.find(({ key }) => key === back)?.config).toEqual({ node: message });
    expect(graph.nodes.find(({ key }) => key === wait)?.config?.node).toBe("elsewhere.copied");
  });
  it("goes into the way after a step", () => {
    const chain = clipOf(FORKED, new Set(["d"]), "one");
    const pasted = chain && pasteAfter(FORKED, chain, "one", "a");
    expect(pasted && ways(pasted.graph)).toBe("aN6 b?c bd cd de N6b");
  });
  it.each([
    "",
    "hello",
    "{}",
    '{"overture":"steps","nodes":[{}],"edges":[]}',
    "null",
    '{"overture":"steps"}',
  ])("takes nothing but steps: %s", (text) => expect(readClip(text)).toBeNull());
});

it("tidies without steps on each other, and leaves the first where it was", () => {
  const heap = { ...FORKED, nodes: FORKED.nodes.map((one) => ({ ...one, x: 7, y: 9 })) };
  expect(isHeap(heap)).toBe(true);
  const neat = tidy(heap);
  expect(isHeap(neat)).toBe(false);
  expect(neat.nodes[0]).toEqual(heap.nodes[0]);
  expect(tidy(neat)).toBe(neat);
});

/** Numbers that are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function anyEdit(graph: Graph, roll: (below: number) => number): Graph {
  const key = () => graph.nodes[roll(graph.nodes.length)]?.key ?? "";
  const type = () => KINDS[roll(KINDS.length)]?.type ?? "wait";
  const at = () => roll(Math.max(1, graph.edges.length));
  const copied = clipOf(graph, new Set([key(), key()]), "f");
  const all: (() => Graph | null | undefined)[] = [
    () => edits.addAfter(graph, key(), type())?.graph,
    () => edits.addFirst(graph, type())?.graph,
    () => edits.addBranch(graph, key(), type())?.graph,
    () => edits.addLoose(graph, type(), { x: roll(900), y: roll(900) }).graph,
    () => edits.insertOn(graph, at(), type())?.graph,
    () => edits.dropOn(graph, at(), key()),
    () => edits.remove(graph, [key()]),
    () => edits.connect(graph, key(), key()),
    () => edits.disconnect(graph, at()),
    () => edits.reconnect(graph, at(), { to: key() }),
    () => edits.moveWay(graph, at(), roll(2) === 0 ? -1 : 1),
    () => edits.setCondition(graph, at(), roll(2) === 0 ? null : { event: "clicked", node: key() }),
    () => edits.moveUp(graph, key()),
    () => edits.moveDown(graph, key()),
    () => edits.moveTo(graph, new Map([[key(), { x: roll(500), y: roll(500) }]])),
    () => edits.rename(graph, key(), `Step ${roll(9)}`),
    () => edits.configure(graph, key(), { body: `${roll(9)}` }),
    () => copied && paste(graph, copied, "f").graph,
    () => copied && pasteAfter(graph, copied, "f", key())?.graph,
    () => tidy(graph),
  ];
  return all[roll(all.length)]?.() ?? graph;
}

describe.each(Array.from({ length: 40 }, (_, seed) => seed))("any edits, from seed %i", (seed) => {
  const roll = dice(seed + 1);
  const steps: Graph[] = [FORKED];
  const frozen = JSON.stringify(FORKED);
  let history: History<Graph> = begin(FORKED);
  for (let step = 0; step < 120; step += 1) {
    history = commit(history, anyEdit(history.now, roll), step);
    steps.push(history.now);
  }
  it("keep the graph whole", () => {
    for (const graph of steps) {
      const keys = graph.nodes.map((one) => one.key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const one of graph.edges) {
        expect(keys).toContain(one.from);
        expect(keys).toContain(one.to);
        expect(one.from).not.toBe(one.to);
      }
      for (const key of keys) {
        const open = edits.waysFrom(graph, key).filter((way) => !way.edge.condition);
        if (kindOf(graph.nodes.find((one) => one.key === key)?.type ?? "").ways === "none")
          expect(edits.waysFrom(graph, key)).toEqual([]);
        expect(new Set(open.map((way) => way.edge.to)).size).toBe(open.length);
      }
    }
  });
  it("show every step once in the list", () => {
    const listed = linesOf(outline(history.now)).map((line) => line.node.key);
    expect(listed.toSorted()).toEqual(history.now.nodes.map((one) => one.key).toSorted());
    expect(linesOf(outline(history.now)).map((line) => line.number)).toEqual(listed.map((_, at) => at + 1));
  });
  it("are undone to the first graph, and redone to the last", () => {
    let back = history;
    while (back.past.length > 0) back = undo(back);
    expect(back.now).toBe(FORKED);
    expect(JSON.stringify(FORKED)).toBe(frozen);
    while (back.future.length > 0) back = redo(back);
    expect(back.now).toBe(history.now);
  });
});

describe("the history", () => {
  it("takes typing in one field for one step, until a pause", () => {
    let history = begin("");
    history = commit(history, "a", 0, "name");
    history = commit(history, "ab", 900, "name");
    history = commit(history, "abc", 900 + PAUSE_MS + 1, "name");
    history = commit(history, "abcd", 2200 + PAUSE_MS, "body");
    expect(history.past).toEqual(["", "ab", "abc"]);
    expect(undo(undo(history)).now).toBe("ab");
  });
  it("types on in a new step after an undo", () => {
    const back = undo(commit(commit(begin(""), "a", 0, "name"), "b", 5000, "name"));
    expect(undo(commit(back, "c", 5001, "name")).now).toBe("a");
  });
  it("has no step for nothing", () => expect(commit(begin(FORKED), FORKED, 0).past).toEqual([]));
  it(`goes back ${STEPS} steps`, () => {
    let history = begin(0);
    for (let step = 1; step <= 500; step += 1) history = commit(history, step, step);
    while (history.past.length > 0) history = undo(history);
    expect(history.now).toBe(500 - STEPS);
  });
});
