import { expect, it } from "vitest";
import type { FunnelNode, Graph } from "~/api/types/funnels.ts";
import { corners, lanes, rounded, wayNear } from "./canvas-geometry.ts";

const node = (key: string, x: number, y: number): FunnelNode => ({ key, type: "wait", name: key, x, y });
const COLUMN = [node("a", 0, 0), node("b", 0, 120), node("c", 0, 240)];
const graph = (...ways: string[]): Graph => ({
  nodes: COLUMN,
  edges: ways.map(([from = "", to = ""]) => ({ from, to })),
});

it("leads a way beside the step that it would run behind", () => {
  expect([...lanes(graph("ab", "bc", "ac"))]).toEqual([[2, 236]]);
});
it("leads a way back up beside the steps, and two of them apart", () => {
  const [one, other] = [...lanes(graph("ca", "cb")).values()];
  expect(one).toBeGreaterThan(208);
  expect(Math.abs((one ?? 0) - (other ?? 0))).toBeGreaterThanOrEqual(14);
});
it("leaves straight ways alone, also past a step at the side", () => {
  const aside = { ...graph("ab", "bc"), nodes: [...COLUMN, node("d", 300, 120)] };
  expect(lanes(aside).size).toBe(0);
});
it("finds the way that is near, also along its lane", () => {
  expect(wayNear(graph("ab", "bc", "ac"), { x: 104, y: 94 })).toBe(0);
  expect(wayNear(graph("ab", "bc", "ac"), { x: 240, y: 150 })).toBe(2);
  expect(wayNear(graph("ab", "bc"), { x: 300, y: 94 })).toBeNull();
  expect(wayNear(graph("ab", "bc"), { x: 104, y: 94 }, "a")).toBeNull();
});
it("draws round corners that begin and end where the way does", () => {
  const path = rounded(corners({ x: 0, y: 0 }, { x: 0, y: 300 }, 200));
  expect(path.startsWith("M0 0")).toBe(true);
  expect(path.endsWith("L0 300")).toBe(true);
  expect(path).not.toContain("NaN");
});
