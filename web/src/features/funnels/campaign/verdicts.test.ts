import { expect, test } from "vitest";
import type { AffectedPlace } from "~/api/types/campaign-versions.ts";
import type { Graph } from "~/api/types/funnels.ts";
import { choiceOf, optionsFor, published } from "./verdicts.ts";

const place = (part: Partial<AffectedPlace>): AffectedPlace => ({
  version: 2,
  node: "W1",
  name: "Rest",
  fate: "removed",
  people: 3,
  waiting: 0,
  proposed: "move",
  to: "T2",
  ...part,
});
const graph: Graph = {
  nodes: ["T1", "T2", "T3"].map((key) => ({ key, type: "sms_send", name: `Text ${key}`, x: 0, y: 0 })),
  edges: [],
};
const values = (of: AffectedPlace) => optionsFor(of, graph, (key) => key).map(({ value }) => value);

test("from a step that is gone people may go on at any step", () => {
  expect(values(place({}))).toEqual(["move", "stay", "end", "to:T1", "to:T3"]);
  expect(values(place({ to: null, proposed: "stay" }))).toEqual(["stay", "end", "to:T1", "to:T2", "to:T3"]);
});

test("on a changed step they go on where they are, or not", () => {
  expect(values(place({ fate: "changed", node: "T2" }))).toEqual(["move", "stay", "end"]);
});

test("what is told to the server", () => {
  expect(choiceOf(place({}), undefined)).toEqual({ version: 2, node: "W1", do: "move" });
  expect(choiceOf(place({ proposed: "stay", to: null }), undefined).do).toBe("stay");
  expect(choiceOf(place({}), "end").do).toBe("end");
  expect(choiceOf(place({}), "to:T3")).toEqual({ version: 2, node: "W1", do: "move", to: "T3" });
});

test("what was done is said without what was not", () => {
  expect(published({ version: 3, moved: 0, stayed: 0, ended: 0 })).toBe("Version 3 is live.");
  expect(published({ version: 3, moved: 1, stayed: 2, ended: 0 })).toBe(
    "Version 3 is live. 1 person moved over, 2 people stay with the steps they began with.",
  );
});
