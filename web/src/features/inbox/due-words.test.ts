import { expect, it } from "vitest";
import { dueWords } from "./due-words.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const at = (minutes: number) => ({ due_at: new Date(NOW + minutes * 60_000).toISOString() });

it("says nothing where nobody waits", () => {
  expect(dueWords({ due_at: null }, NOW)).toBeNull();
});

it.each([
  [35, "soon", "Due in 35 min", "due in 35 min"],
  [60, "soon", "Due in 60 min", "due in 60 min"],
  [0.2, "soon", "Due in 1 min", "due in 1 min"],
  [0, "late", "Late by 1 min", "late 1m"],
  [-59, "late", "Late by 59 min", "late 59m"],
  [-60, "late", "Late by 1 hour", "late 1h"],
  [-60 * 47, "late", "Late by 1 day", "late 1d"],
  [-60 * 48, "late", "Late by 2 days", "late 2d"],
])("in %s minutes it is %s: %s", (minutes, state, text, short) => {
  expect(dueWords(at(minutes), NOW)).toMatchObject({ state, text, short });
});

it("is quiet in the list about what is due later", () => {
  expect(dueWords(at(61), NOW)).toMatchObject({ state: "later", short: "" });
  expect(dueWords(at(61), NOW)?.text).toMatch(/^Answer due Mon /);
});
