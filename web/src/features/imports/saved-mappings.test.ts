import { beforeAll, expect, it } from "vitest";
import type { FittingMapping, ImportColumn } from "~/api/types/imports.ts";
import { setHomeZone } from "~/lib/format.ts";
import { decisionOf, firstDecision, GUESSES, lastOf, sourceWords } from "./saved-mappings.ts";

const column = (name: string, guess: ImportColumn["guess"]): ImportColumn => ({
  name,
  guess,
  confidence: guess ? 0.95 : 0,
  samples: [],
});
const COLUMNS = [column("Mail", "email"), column("Name", "full_name"), column("Notes", null)];
const last: FittingMapping = {
  id: "map_1",
  name: null,
  used_at: "2026-11-12T09:00:00Z",
  is_same_header: true,
  mapping: { Mail: "email", Name: "company" },
  default_country: "NO",
  on_match: "overwrite",
  tags: ["VIP"],
  list_id: "lst_1",
  notes: [],
};
const named: FittingMapping = {
  ...last,
  id: "map_2",
  name: "Fairs",
  mapping: { Mail: "email" },
  list_id: null,
};

beforeAll(() => setHomeZone("Europe/Oslo"));

it("begins as last time where there was one, and with the guesses else", () => {
  expect(firstDecision(COLUMNS, [], [named, last], "US")).toEqual({
    source: "map_1",
    mapping: { Mail: "email", Name: "company", Notes: "ignore" },
    rules: { country: "NO", onMatch: "overwrite", tags: ["VIP"], list: "lst_1" },
  });
  expect(firstDecision(COLUMNS, [], [named], "US")).toEqual({
    source: GUESSES,
    mapping: { Mail: "email", Name: "full_name", Notes: "ignore" },
    rules: { country: "US", onMatch: "fill", tags: [], list: "" },
  });
  expect(lastOf([named])).toBeUndefined();
});

it("can begin from a saved one", () => {
  const { mapping, rules } = decisionOf("map_2", COLUMNS, [], [last, named], "US");
  expect(mapping).toEqual({ Mail: "email", Name: "ignore", Notes: "ignore" });
  expect(rules.list).toBe("");
  expect(decisionOf("map_gone", COLUMNS, [], [last], "US").source).toBe(GUESSES);
});

it("says when it was", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(sourceWords(last, now)).toBe("As last time, on Thursday 12 November");
  expect(sourceWords({ ...last, used_at: "2026-11-22T09:00:00Z" }, now)).toBe("As last time, today");
  expect(sourceWords(named, now)).toBe("Fairs");
});
