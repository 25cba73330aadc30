import { describe, expect, it } from "vitest";
import type { CheckCause, CheckFound, ImportCheck } from "~/api/types/imports.ts";
import { fixesOf, isOf, tilesOf, verdict } from "./check.ts";
import { firstRules } from "./rules.ts";

const found: CheckFound = {
  rows_read: 1200,
  created: 1000,
  updated: 100,
  unchanged: 30,
  skipped: 0,
  failed: 70,
  suppressed: 2,
  duplicates: 12,
  left_out: 0,
  causes: [],
};
const cause = (code: string, column: string | null): CheckCause => ({
  cause: "No.",
  code,
  column,
  count: 1,
  examples: [],
});

describe("what can be done about a cause", () => {
  const mapping = { Mail: "email", Tel: "phone", Zone: "time_zone" } as const;
  it("is another country for phone numbers, and leaving out the value or the column", () => {
    expect(fixesOf(cause("phone.invalid", "Tel"), mapping)).toEqual({ country: true, column: "Tel" });
    expect(fixesOf(cause("phone.excel", "Tel"), mapping)).toEqual({ country: false, column: "Tel" });
    expect(fixesOf(cause("time_zone.unknown", "Zone"), mapping)).toEqual({ country: false, column: "Zone" });
  });
  it("is nothing for the only address, and for a row as a whole", () => {
    expect(fixesOf(cause("email.invalid", "Mail"), { Mail: "email" }).column).toBeNull();
    expect(fixesOf(cause("row.no_address", null), mapping)).toEqual({ country: false, column: null });
  });
});

it("knows whether a check was made of just this", () => {
  const check: ImportCheck = {
    status: "done",
    progress: 1,
    asked: {
      mapping: { A: "email" },
      default_country: "NO",
      match_by: "email_then_phone",
      without_key: "create",
      on_match: "fill",
      on_match_columns: {},
      leave_out: [],
    },
    found,
    error: null,
  };
  const rules = { ...firstRules("NO"), tags: ["VIP"], list: "lst_1" };
  expect(isOf(check, { A: "email", B: "ignore" }, rules)).toBe(true);
  expect(isOf(check, { A: "phone" }, rules)).toBe(false);
  expect(isOf(check, { A: "email", B: "city" }, rules)).toBe(false);
  expect(isOf(check, { A: "email" }, { ...rules, country: "SE" })).toBe(false);
  expect(isOf(check, { A: "email" }, { ...rules, leaveOut: ["A"] })).toBe(false);
  expect(isOf(check, { A: "email" }, { ...rules, byColumn: { A: "skip" } })).toBe(false);
  expect(isOf(check, { A: "email" }, { ...rules, matchBy: "email" })).toBe(false);
  // Whose they become and what they agreed to changes no number.
  const agreed = { channels: ["email"], source: "Fair", day: "" } as const;
  expect(isOf(check, { A: "email" }, { ...rules, owners: ["mem_1"], agreed })).toBe(true);
});

it("says what would happen", () => {
  expect(tilesOf(found).map(([, value]) => value)).toEqual([1000, 100, 12, 2, 70]);
  expect(tilesOf(found)[1]?.[2]).toBe("30 more are the same already");
  expect(verdict(found)).toBe("1,130 of 1,200 rows can be imported.");
  expect(verdict({ ...found, failed: 0, left_out: 1 })).toBe(
    "All 1,200 rows can be imported. 1 value that cannot be used is left out.",
  );
  expect(verdict({ ...found, rows_read: 70 })).toBe("None of the 70 rows can be imported as it is.");
});
