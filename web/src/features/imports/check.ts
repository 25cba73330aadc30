import type { CheckCause, CheckFound, ImportCheck, OnMatch } from "~/api/types/imports.ts";
import { count, plural } from "~/lib/format.ts";
import type { Mapping } from "./mapping.ts";
import { askedOf, type Rules } from "./rules.ts";

/** What the check of a file says, and what can be done about it: pure rules of the check step. */

/** Whether a check was made of just this. */
export function isOf(check: ImportCheck, mapping: Mapping, rules: Rules): boolean {
  const { asked } = check;
  const now = askedOf(mapping, rules);
  const names = new Set([...Object.keys(asked.mapping), ...Object.keys(mapping)]);
  return (
    asked.default_country === now.default_country &&
    asked.match_by === now.match_by &&
    asked.without_key === now.without_key &&
    asked.on_match === now.on_match &&
    [...asked.leave_out].sort().join("\n") === [...now.leave_out].sort().join("\n") &&
    sameRules(asked.on_match_columns, now.on_match_columns) &&
    [...names].every((name) => (asked.mapping[name] ?? "ignore") === (mapping[name] ?? "ignore"))
  );
}

function sameRules(one: Record<string, OnMatch>, other: Record<string, OnMatch>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** What can be done about a cause, for all its rows at once. */
export type Fixes = {
  /** Another country for numbers without a country code. */
  country: boolean;
  /** Leave the value out and keep the row; ignore the whole column. */
  column: string | null;
};

export function fixesOf({ code, column }: CheckCause, mapping: Mapping): Fixes {
  const target = column === null ? undefined : mapping[column];
  const addresses = Object.values(mapping).filter((to) => to === "email" || to === "phone").length;
  // Without its only address nothing is left of a row.
  const isOnlyAddress = (target === "email" || target === "phone") && addresses === 1;
  return {
    // Digits that are lost come back with no country.
    country: target === "phone" && code.startsWith("phone.") && code !== "phone.excel",
    column: isOnlyAddress ? null : column,
  };
}

/** The tiles: name, number and what it means. */
export function tilesOf(found: CheckFound): [string, number, string][] {
  const known = [
    ...(found.unchanged > 0 ? [`${count(found.unchanged)} more are the same already`] : []),
    ...(found.skipped > 0 ? [`${count(found.skipped)} more are left alone`] : []),
  ];
  return [
    ["New", found.created, "people nobody knew"],
    ["Updates", found.updated, known.join(", ") || "change somebody you know"],
    ["Duplicates", found.duplicates, "of the others, twice in the file"],
    ["Suppressed", found.suppressed, "of the others, not written to"],
    ["Invalid", found.failed, "would be rejected"],
  ];
}

/** What is said above the tiles. */
export function verdict({ rows_read, failed, left_out }: CheckFound): string {
  const out =
    left_out > 0
      ? ` ${plural(left_out, "value")} that cannot be used ${left_out === 1 ? "is" : "are"} left out.`
      : "";
  if (failed === 0) return `All ${plural(rows_read, "row")} can be imported.${out}`;
  if (failed === rows_read) return `None of the ${plural(rows_read, "row")} can be imported as it is.`;
  return `${count(rows_read - failed)} of ${plural(rows_read, "row")} can be imported.${out}`;
}
