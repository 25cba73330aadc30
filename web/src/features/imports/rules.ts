import { ApiError } from "~/api/errors.ts";
import type { ImportStart, OnMatch } from "~/api/types/imports.ts";
import type { Mapping } from "./mapping.ts";

/** What happens with the people of a file: pure rules of the rules step. */

export type Rules = {
  country: string;
  onMatch: OnMatch;
  /** What happens instead with the values of single columns. */
  byColumn: Readonly<Record<string, OnMatch>>;
  /** Columns whose values are left out where they cannot be used, instead of refusing their rows. */
  leaveOut: readonly string[];
  /** Names of tags. */
  tags: readonly string[];
  /** The id of a list; empty for none. */
  list: string;
};

/** Most tags that one import can put on. */
export const MOST_TAGS = 20;

/** The tags with one more; one that is there already, in whatever case, is there once. */
export function withTag(tags: readonly string[], name: string): readonly string[] {
  const word = name.trim();
  const known = tags.some((tag) => tag.toLowerCase() === word.toLowerCase());
  return word === "" || known || tags.length >= MOST_TAGS ? tags : [...tags, word];
}

/** What a check is asked. */
export function askedOf(mapping: Mapping, { country, onMatch, byColumn, leaveOut }: Rules) {
  const isMapped = (column: string) => (mapping[column] ?? "ignore") !== "ignore";
  return {
    mapping,
    default_country: country,
    on_match: onMatch,
    on_match_columns: Object.fromEntries(Object.entries(byColumn).filter(([column]) => isMapped(column))),
    leave_out: leaveOut.filter(isMapped),
  };
}

export function startOf(mapping: Mapping, rules: Rules): ImportStart {
  const { tags, list } = rules;
  return {
    ...askedOf(mapping, rules),
    tags: [...tags],
    list_id: list === "" ? null : list,
  };
}

/** The columns that may have a rule of their own: an e-mail address is how people are found, and stays. */
export const ruledColumns = (mapping: Mapping): string[] =>
  Object.entries(mapping)
    .filter(([, target]) => target !== "ignore" && target !== "email")
    .map(([column]) => column);

/** The rules of single columns with another one; an empty word is none. */
export function withColumn(rules: Rules, column: string, rule: OnMatch | ""): Rules["byColumn"] {
  const { [column]: _, ...others } = rules.byColumn;
  return rule === "" ? others : { ...others, [column]: rule };
}

/** Whether a refused start is to be mended where the columns are. */
export const isAboutColumns = (error: unknown): boolean =>
  error instanceof ApiError && error.fields.some(({ field }) => field.startsWith("mapping."));
