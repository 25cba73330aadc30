import { expect, it } from "vitest";
import { capOf, forecastLines, percent } from "./shares.ts";

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

it("joins the days that do not fit", () => {
  const days = Array.from({ length: 9 }, (_, at) => ({ day: `2026-12-0${at + 1}`, messages: 10 }));
  const lines = forecastLines(days, 4);
  expect(lines).toHaveLength(4);
  expect(lines[3]).toEqual({ from: "2026-12-04", to: "2026-12-09", messages: 60 });
  expect(forecastLines(days.slice(0, 2), 4)).toHaveLength(2);
});
