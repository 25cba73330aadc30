import { beforeAll, expect, it } from "vitest";
import type { FittingMapping, ImportColumn } from "~/api/types/imports.ts";
import { setHomeZone } from "~/lib/format.ts";
import { firstRules } from "./rules.ts";
import { CHECKED, decisionOf, firstDecision, GUESSES, lastOf, sourceWords } from "./saved-mappings.ts";

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
  match_by: "phone",
  without_key: "reject",
  on_match: "overwrite",
  on_match_columns: { Name: "fill" },
  leave_out: ["Name"],
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
  expect(firstDecision({ columns: COLUMNS, check: null }, [], [named, last], "US")).toEqual({
    source: "map_1",
    mapping: { Mail: "email", Name: "company", Notes: "ignore" },
    rules: {
      ...firstRules("NO"),
      matchBy: "phone",
      withoutKey: "reject",
      onMatch: "overwrite",
      byColumn: { Name: "fill" },
      leaveOut: ["Name"],
      tags: ["VIP"],
      list: "lst_1",
    },
  });
  expect(firstDecision({ columns: COLUMNS, check: null }, [], [named], "US")).toEqual({
    source: GUESSES,
    mapping: { Mail: "email", Name: "full_name", Notes: "ignore" },
    rules: firstRules("US"),
  });
  expect(lastOf([named])).toBeUndefined();
});

it("begins as it was checked for somebody who comes back", () => {
  const asked = {
    mapping: { Mail: "email" },
    default_country: "SE",
    match_by: "email",
    without_key: "create",
    on_match: "skip",
    on_match_columns: {},
    leave_out: ["Mail"],
  } as const;
  const check = { status: "done", progress: 1, found: null, error: null } as const;
  const columns = { columns: COLUMNS, check: { ...check, asked: { ...asked, leave_out: ["Mail"] } } };
  const { source, mapping, rules } = firstDecision(columns, [], [last], "US");
  expect(source).toBe(CHECKED);
  expect(mapping).toEqual({ Mail: "email", Name: "ignore", Notes: "ignore" });
  expect(rules).toEqual({
    ...firstRules("SE"),
    matchBy: "email",
    onMatch: "skip",
    leaveOut: ["Mail"],
    tags: ["VIP"],
    list: "lst_1",
  });
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
