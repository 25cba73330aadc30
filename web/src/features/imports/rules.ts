import { ApiError } from "~/api/errors.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { ImportConsent, ImportStart, MatchBy, OnMatch, WithoutKey } from "~/api/types/imports.ts";
import type { Mapping } from "./mapping.ts";

/** What happens with the people of a file: pure rules of the rules step. */

/** What the people of the file agreed to, as it is being written. */
export type Agreed = { channels: readonly Channel[]; source: string; day: string };

export type Rules = {
  country: string;
  matchBy: MatchBy;
  withoutKey: WithoutKey;
  onMatch: OnMatch;
  /** What happens instead with the values of single columns. */
  byColumn: Readonly<Record<string, OnMatch>>;
  /** Columns whose values are left out where they cannot be used, instead of refusing their rows. */
  leaveOut: readonly string[];
  /** Names of tags. */
  tags: readonly string[];
  /** The id of a list; empty for none. */
  list: string;
  /** Whom new contacts are given to, in turn; nobody: who imports. */
  owners: readonly string[];
  agreed: Agreed | null;
};

/** What a file begins with where nothing is known of such files. */
export const firstRules = (country: string): Rules => ({
  country,
  matchBy: "email_then_phone",
  withoutKey: "create",
  onMatch: "fill",
  byColumn: {},
  leaveOut: [],
  tags: [],
  list: "",
  owners: [],
  agreed: null,
});

/** What people can be found by, with these columns. */
export function keysOf(mapping: Mapping): MatchBy[] {
  const targets = Object.values(mapping);
  const only = (["email", "phone"] as const).filter((key) => targets.includes(key));
  return ["email_then_phone", ...only];
}

/** Most tags that one import can put on. */
export const MOST_TAGS = 20;

/** The tags with one more; one that is there already, in whatever case, is there once. */
export function withTag(tags: readonly string[], name: string): readonly string[] {
  const word = name.trim();
  const known = tags.some((tag) => tag.toLowerCase() === word.toLowerCase());
  return word === "" || known || tags.length >= MOST_TAGS ? tags : [...tags, word];
}

/** What a check is asked. */
export function askedOf(mapping: Mapping, rules: Rules) {
  const { country, onMatch, byColumn, leaveOut } = rules;
  const matchBy = keysOf(mapping).includes(rules.matchBy) ? rules.matchBy : "email_then_phone";
  const isMapped = (column: string) => (mapping[column] ?? "ignore") !== "ignore";
  return {
    mapping,
    default_country: country,
    match_by: matchBy,
    // Whoever has neither cannot be imported anyway.
    without_key: matchBy === "email_then_phone" ? ("create" as const) : rules.withoutKey,
    on_match: onMatch,
    on_match_columns: Object.fromEntries(Object.entries(byColumn).filter(([column]) => isMapped(column))),
    leave_out: leaveOut.filter(isMapped),
  };
}

/** What a saved mapping keeps: whose people are and what they agreed to is said anew of every file. */
export function savedOf(mapping: Mapping, rules: Rules) {
  const { tags, list } = rules;
  return {
    ...askedOf(mapping, rules),
    tags: [...tags],
    list_id: list === "" ? null : list,
  };
}

export function startOf(mapping: Mapping, rules: Rules): ImportStart {
  return { ...savedOf(mapping, rules), owner_ids: [...rules.owners], consent: consentOf(rules.agreed) };
}

function consentOf(agreed: Agreed | null): ImportConsent | null {
  if (agreed === null) return null;
  const { channels, source, day } = agreed;
  const at = day === "" ? {} : { at: new Date(`${day}T00:00`).toISOString() };
  return { channels: [...channels], source, ...at };
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
