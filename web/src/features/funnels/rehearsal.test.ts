import { expect, test } from "vitest";
import {
  type Asked,
  BEHAVIOURS,
  daysOf,
  type Entry,
  lengthOf,
  outcomeOf,
  requestOf,
  WHATS,
} from "./rehearsal.ts";

const GRAPH = { nodes: [], edges: [] };
const ASKED: Asked = { contact: null, people: 100, behaviour: "mixed", hours: 1.5, office: false, seed: 4 };

test("what is asked is what is sent", () => {
  expect(requestOf(GRAPH, ASKED)).toEqual({
    graph: GRAPH,
    people: 100,
    scenario: { all: { opened: 40, clicked: 8, replied: 5, bounced: 2, after_seconds: 5400 }, seed: 4 },
  });
  const one = requestOf(GRAPH, { ...ASKED, contact: "con_1", behaviour: "nothing", office: true });
  expect(one).toMatchObject({ contact_id: "con_1", scenario: { all: { after_seconds: 5400 } } });
  expect(one).not.toHaveProperty("people");
  expect(one.windows).toHaveLength(1);
});

test("a story is told by the days of a calendar, without the empty ones", () => {
  const start = Date.parse("2026-11-22T22:30:00Z");
  const at = (hours: number): Entry => ({ at_ms: start + hours * 3_600_000, what: "sent", node: "a" });
  const days = (zone: string) =>
    daysOf([at(0), at(1), at(2), at(200)], start, zone).map(({ day, entries }) => [day, entries.length]);
  expect(days("UTC")).toEqual([
    [1, 2],
    [2, 1],
    [10, 1],
  ]);
  expect(days("Asia/Tokyo")).toEqual([
    [1, 3],
    [9, 1],
  ]);
});

test("every outcome and everything that happens has words", () => {
  for (const outcome of ["finished", "replied", "bounced", "missing_value", "no_consent", "suppressed"])
    expect(outcomeOf(outcome).words).not.toBe(outcome);
  expect(Object.values(WHATS).every(({ words }) => words !== "")).toBe(true);
  expect(new Set(BEHAVIOURS.map(({ label }) => label)).size).toBe(BEHAVIOURS.length);
});

test("how long it takes is said in one line", () => {
  const summary = { people: 2, messages: 3, outcomes: {}, steps: [], ways: [], last_ms: 86_400_001 };
  expect(lengthOf({ starts_ms: 0, summary, stories: [] })).toBe("3 messages to 2 people within 2 days");
  expect(lengthOf({ starts_ms: 0, summary: { ...summary, last_ms: null }, stories: [] })).toContain(
    "at once",
  );
});
