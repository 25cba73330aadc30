import { expect, it } from "vitest";
import { capOf, percent } from "./shares.ts";

it("says shares as parts of a hundred", () => {
  const shares = [
    { sender_id: "a", weight: 3 },
    { sender_id: "b", weight: 1 },
  ];
  expect(shares.map((share) => percent(share, shares))).toEqual(["75 %", "25 %"]);
});

it.each([
  ["", null],
  [" 1,200 ", 1200],
  ["ten", 0],
  ["-3", 0],
])("reads a cap: %j", (text, expected) => {
  expect(capOf(text)).toBe(expected);
});
