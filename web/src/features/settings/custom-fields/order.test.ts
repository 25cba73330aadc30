import { expect, it } from "vitest";
import { moved } from "./order.ts";

const fields = (...positions: number[]) =>
  positions.map((position, at) => ({ id: "abc"[at] ?? "", position }));
const order = (changes: ReturnType<typeof moved>) => changes.map(({ id, position }) => `${id}${position}`);

it("swaps a field with its neighbour, and numbers anew what shares a place", () => {
  expect(order(moved(fields(1, 2, 3), 1, -1))).toEqual(["b1", "a2"]);
  expect(order(moved(fields(1, 2, 3), 1, 1))).toEqual(["c2", "b3"]);
  expect(order(moved(fields(0, 0, 5), 2, -1))).toEqual(["a1", "c2", "b3"]);
  expect(order(moved(fields(1, 2, 3), 0, -1))).toEqual([]);
});
