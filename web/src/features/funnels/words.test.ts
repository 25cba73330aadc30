import { describe, expect, it } from "vitest";
import type { Condition } from "~/api/types/funnels.ts";
import { added, asked, changeAt, groupOf, howsFor, shown } from "./conditions.ts";
import { bareTags, tagText } from "./merge-tags.ts";
import { named } from "./named.ts";
import { amountOf, secondsOf, UNITS, unitOf } from "./spans.ts";
import { read } from "./stored-draft.ts";
import { opened, sameDraft } from "./use-builder.ts";

const opens: Condition = { event: "opened", node: "N1", happened: true };
const oslo: Condition = { field: "contact.city", op: "is", value: "Oslo" };

describe("a wait", () => {
  it("is not changed by being opened, in whichever unit", () => {
    for (const seconds of [1, 15, 59, 60, 90, 3600, 5400, 86_400, 90_061, 172_800, 604_800, 31_622_400]) {
      expect(secondsOf(String(amountOf(seconds, unitOf(seconds))), unitOf(seconds))).toBe(seconds);
      for (const { value } of UNITS) expect(secondsOf(String(amountOf(seconds, value)), value)).toBe(seconds);
    }
  });
  it.each([
    [172_800, "days"],
    [1_209_600, "days"],
    [5400, "minutes"],
    [90, "seconds"],
  ])("of %i seconds is said in %s", (seconds, unit) => expect(unitOf(seconds)).toBe(unit));
  it.each([
    ["1.5", "hours", 5400],
    ["1,5", "days", 129_600],
    ["", "days", null],
    ["soon", "days", null],
    ["-1", "days", null],
  ] as const)("of %s %s is %s seconds", (amount, unit, seconds) =>
    expect(secondsOf(amount, unit)).toBe(seconds),
  );
});

describe("a condition", () => {
  const every: Condition[] = [
    { all: [oslo, { any: [opens, { not: oslo }] }] },
    { not: { any: [oslo, { not: { all: [opens] } }] } },
    { not: { all: [oslo, oslo] } },
    opens,
  ];
  it.each(every)("comes back as it went: %j", (condition) => {
    const again = (one: Condition): Condition => {
      const it = shown(one);
      if (it.kind === "group") return groupOf(it.match, it.parts.map(again));
      return it.not ? { not: it.leaf } : it.leaf;
    };
    expect(again(condition)).toEqual(condition);
  });
  it("changes one part and leaves the others", () => {
    const deep: Condition = { all: [oslo, { not: { any: [opens, oslo] } }] };
    expect(changeAt(deep, [1, 1], () => opens)).toEqual({ all: [oslo, { not: { any: [opens, opens] } }] });
    expect(changeAt(deep, [1, 9], () => opens)).toBe(deep);
  });
  it("takes an empty group out with its last question", () => {
    expect(changeAt({ all: [oslo, { any: [opens] }] }, [1, 0], () => null)).toEqual({ all: [oslo] });
    expect(changeAt({ any: [opens] }, [0], () => null)).toBeNull();
  });
  it("grows", () => {
    expect(added(oslo, [], opens)).toEqual({ all: [oslo, opens] });
    expect(added({ not: { any: [oslo] } }, [], opens)).toEqual({ not: { any: [oslo, opens] } });
  });
  it("compares with nothing where there is nothing to compare", () => {
    const [is] = howsFor("is", false);
    const missing = howsFor("missing", false).find((how) => how.op === "missing");
    if (!is || !missing) throw new Error("no such way to ask");
    expect(asked("contact.city", missing, "Oslo")).toEqual({ field: "contact.city", op: "missing" });
    expect(asked("contact.city", is, "Oslo")).toEqual(oslo);
  });
  it("can be shown however it is written", () => {
    for (const op of ["is", "is_not", "contains", "exists", "missing"] as const)
      for (const not of [true, false])
        expect(howsFor(op, not).filter((how) => how.op === op && how.not === not)).toHaveLength(1);
  });
});

describe("a merge tag", () => {
  it("has something to say instead", () =>
    expect(tagText("contact.first_name", ' "you" ')).toBe('{{ contact.first_name | default("\\"you\\"") }}'));
  it("is found where it has nothing", () =>
    expect(
      bareTags(
        '{{contact.city}} {{ contact.title | upper }} {{ contact.company | default("x") }} {{sender.name}}',
      ),
    ).toEqual(["contact.city", "contact.title"]));
});

describe("a funnel that is opened", () => {
  const graph = {
    nodes: [
      { key: "a", type: "wait", name: "a", config: { seconds: 5, later: [1] }, x: 0, y: 0 },
      { key: "b", type: "of_tomorrow", name: "b", config: { deep: { er: null } }, x: 0, y: 200 },
    ],
    edges: [{ from: "a", to: "b", condition: null }],
  };
  const funnel = {
    id: "fun_1",
    name: "F",
    description: null,
    version: 3,
    node_count: 2,
    channels: [],
    updated_at: "",
    graph,
  };
  it("is what the server has, to the letter", () => {
    expect(opened(funnel).draft.graph).toBe(graph);
    expect(sameDraft(opened(funnel).draft, opened(structuredClone(funnel)).draft)).toBe(true);
  });
  it("is laid out where nobody drew it, and that is no change", () => {
    const heap = { ...funnel, graph: { ...graph, nodes: graph.nodes.map((node) => ({ ...node, y: 0 })) } };
    const base = opened(heap);
    expect(base.draft.graph.nodes[1]?.y).toBeGreaterThan(0);
    expect(sameDraft(base.draft, opened(heap).draft)).toBe(true);
  });
});

it.each([
  "",
  "{",
  "null",
  "[]",
  '{"version":1}',
  '{"version":"1","draft":{"graph":{"nodes":[],"edges":[]}}}',
])("restores nothing from what is no draft: %s", (text) => expect(read(text)).toBeNull());

it("says problems by the names of the steps", () => {
  const names = new Map([
    ["N1", "Intro"],
    ["N2", "Rest"],
  ]);
  const nameOf = (key: string) => names.get(key) ?? key;
  expect(named('Nothing leads to "N1" or "x".', nameOf)).toBe('Nothing leads to "Intro" or "x".');
  expect(named("A circle: N1 → N2 → N1.", nameOf)).toBe("A circle: Intro → Rest → Intro.");
});
