import { describe, expect, it } from "vitest";
import type { FunnelEdge, FunnelNode } from "~/api/types/funnels.ts";
import { conditionText, edgeText, inOrder, NODE_H, nodeText, placesOf } from "./graph.ts";

const node = (key: string, x = 0, y = 0): FunnelNode => ({ key, type: "stage", name: key, x, y });
const edge = (from: string, to: string): FunnelEdge => ({ from, to });

describe("the order of the list view", () => {
  it("follows the way of a person, not the order of the file", () => {
    const nodes = [node("end"), node("b", 300), node("start"), node("a")];
    const edges = [edge("start", "a"), edge("start", "b"), edge("a", "end"), edge("b", "end")];
    expect(inOrder(nodes, edges).map((item) => item.key)).toEqual(["start", "a", "b", "end"]);
  });
  it("ends for a funnel that goes round", () => {
    const nodes = [node("a"), node("b"), node("c")];
    expect(inOrder(nodes, [edge("a", "b"), edge("b", "c"), edge("c", "b")])).toHaveLength(3);
  });
  it("lists what nothing leads to", () => expect(inOrder([node("a"), node("lost")], []).length).toBe(2));
});

describe("the places on the canvas", () => {
  it("are as drawn", () =>
    expect(placesOf([node("a", 10, 20), node("b", 10, 200)], []).get("a")).toEqual({ x: 10, y: 20 }));
  it("are tidied when the nodes lie on one heap", () => {
    const places = placesOf([node("a"), node("b")], [edge("a", "b")]);
    expect((places.get("b")?.y ?? 0) - (places.get("a")?.y ?? 0)).toBeGreaterThan(NODE_H);
  });
});

describe("conditions in words", () => {
  const name = (key: string) => (key === "N2" ? "Intro" : key);
  it.each([
    [{ event: "opened", node: "N2", happened: true }, 'opened "Intro"'],
    [{ event: "replied", happened: false }, "not replied"],
    [{ field: "contact.city", op: "is" as const, value: "Oslo" }, "City is Oslo"],
    [{ field: "contact.first_name", op: "missing" as const }, "First name is missing"],
    [{ any: [{ event: "opened" }, { event: "clicked" }] }, "opened or clicked"],
    [{ not: { event: "bounced" } }, "not (bounced)"],
    [
      {
        any: [
          { event: "sent" },
          { all: [{ event: "opened" }, { event: "clicked" }] },
          { all: [{ event: "bounced" }] },
        ],
      },
      "sent or (opened and clicked) or bounced",
    ],
    [{ split: "s", variant: "a" }, `variant A of "${name("s")}"`],
    [null, ""],
  ])("%j", (condition, text) => expect(conditionText(condition, name)).toBe(text));
});

it("names the variant of a split shortly beside the split", () => {
  const condition = { split: "s", variant: "b" };
  expect(edgeText({ from: "s", to: "x", condition }, (key) => key)).toBe("variant B");
  expect(edgeText({ from: "c", to: "x", condition }, (key) => key)).toBe('variant B of "s"');
});

it("says what a node does", () => {
  const body = 'Hi {{ contact.first_name | default("there") }},\n\n{{sender.name}} here';
  expect(nodeText({ ...node("s"), type: "sms_send", config: { body } })).toBe(
    "Hi [First name], [Sender name] here",
  );
  expect(nodeText({ ...node("t"), type: "of_tomorrow" })).toMatch(/cannot edit yet/);
  expect(nodeText({ ...node("w"), type: "wait", config: { seconds: 172_800 } })).toBe("Waits 2 days");
  for (const [config, said] of [
    [{ until: "09:00", days: [1, 2, 3, 4, 5] }, "Waits until 09:00, Mon to Fri"],
    [{ until: "18:30", days: [6, 7] }, "Waits until 18:30, Sat, Sun"],
    [{ until: "09:00", days: [1, 2, 3, 4, 5, 6, 7] }, "Waits until 09:00"],
    [{ event: "opened", timeout_seconds: 259_200 }, "Waits until opened, at most 3 days"],
  ] as const)
    expect(nodeText({ ...node("w"), type: "wait", config })).toBe(said);
  const variants = [
    { key: "a", weight: 1 },
    { key: "b", weight: 3 },
  ];
  expect(nodeText({ ...node("s"), type: "split", config: { variants } })).toBe("A 25 %, B 75 %");
  expect(nodeText({ ...node("x"), type: "exit", config: { reason: "no_answer" } })).toBe("No answer");
});
