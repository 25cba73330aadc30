import type { FittingMapping, Import, ImportColumn } from "~/api/types/imports.ts";
import { dayName } from "~/lib/format.ts";
import { type Custom, firstMapping, type Mapping } from "./mapping.ts";
import { firstRules, type Rules } from "./rules.ts";

/** Where a mapping begins: with the guesses, as last time, or from a saved one. */

export const GUESSES = "guesses";
/** As it was when the file was checked, by somebody who comes back. */
export const CHECKED = "checked";

/** What somebody decides on a file, and what they began with. */
export type Decision = { source: string; mapping: Mapping; rules: Rules };

/** What was used last for such a file, if anything was. */
export const lastOf = (fitting: readonly FittingMapping[]): FittingMapping | undefined =>
  fitting.find(({ name }) => name === null);

/** The decision that a file begins with: as it was checked, as last time, or else the guesses. */
export function firstDecision(
  { columns, check }: Pick<Import, "columns" | "check">,
  customs: readonly Custom[],
  fitting: readonly FittingMapping[],
  country: string,
): Decision {
  const begun = decisionOf(lastOf(fitting)?.id ?? GUESSES, columns, customs, fitting, country);
  if (!check) return begun;
  const { mapping, default_country, match_by, without_key, on_match, on_match_columns, leave_out } =
    check.asked;
  const targets = columns.map(({ name }) => [name, mapping[name] ?? "ignore"] as const);
  return {
    source: CHECKED,
    mapping: Object.fromEntries(targets),
    rules: {
      ...begun.rules,
      country: default_country ?? country,
      matchBy: match_by,
      withoutKey: without_key,
      onMatch: on_match,
      byColumn: on_match_columns,
      leaveOut: leave_out,
    },
  };
}

/** The decision that a source stands for. */
export function decisionOf(
  source: string,
  columns: readonly ImportColumn[],
  customs: readonly Custom[],
  fitting: readonly FittingMapping[],
  country: string,
): Decision {
  const chosen = fitting.find(({ id }) => id === source);
  if (!chosen)
    return {
      source: GUESSES,
      mapping: firstMapping(columns, customs),
      rules: firstRules(country),
    };
  const targets = columns.map(({ name }) => [name, chosen.mapping[name] ?? "ignore"] as const);
  return {
    source,
    mapping: Object.fromEntries(targets),
    rules: {
      ...firstRules(chosen.default_country ?? country),
      matchBy: chosen.match_by,
      withoutKey: chosen.without_key,
      onMatch: chosen.on_match,
      byColumn: chosen.on_match_columns,
      leaveOut: chosen.leave_out,
      tags: chosen.tags,
      list: chosen.list_id ?? "",
    },
  };
}

/** `As last time, on Thursday 12 November`; of a saved one its name. */
export function sourceWords({ name, used_at }: FittingMapping, now: number): string {
  if (name !== null) return name;
  const day = dayName(used_at, now);
  return `As last time, ${day.includes(" ") ? `on ${day}` : day.toLowerCase()}`;
}
