import type { ImportColumn, ImportField, ImportTarget, MatchBy, OnMatch } from "~/api/types/imports.ts";
import type { CustomField, FieldKind } from "~/api/types/sets.ts";

/** What each column becomes: pure rules of the mapping step. */

export type Mapping = Record<string, ImportTarget>;
/** What the mapping knows of a custom field. */
export type Custom = Pick<CustomField, "key" | "name">;

export const FIELD_LABEL: Record<ImportField, string> = {
  email: "E-mail",
  phone: "Phone",
  first_name: "First name",
  last_name: "Last name",
  full_name: "Full name",
  company: "Company",
  title: "Title",
  city: "City",
  country: "Country",
  time_zone: "Time zone",
};

/** What people are found by, where it is chosen and where it is spoken of. */
export const KEY_TEXT: Record<MatchBy, { title: string; same: string; missing: string }> = {
  email_then_phone: { title: "E-mail, or else phone", same: "e-mail", missing: "" },
  email: { title: "E-mail only", same: "e-mail", missing: "an e-mail address" },
  phone: { title: "Phone only", same: "phone number", missing: "a phone number" },
};

export const MATCH_TEXT: Record<OnMatch, { title: string; text: string }> = {
  fill: { title: "Fill in what is empty", text: "Values that are there stay. Nothing is lost." },
  overwrite: { title: "Overwrite", text: "The file wins wherever it has a value." },
  skip: { title: "Skip them", text: "Only new people are added." },
};

/** How sure a guess has to be to need no second look. */
const RECOGNISED = 0.9;

export const customTarget = ({ key }: Custom): ImportTarget => `custom.${key}`;

/** Whether a column is called as the field is, by people or by programs. */
function isCalled(column: string, { key, name }: Custom): boolean {
  const word = column.trim().toLowerCase();
  return word === name.toLowerCase() || word === key.toLowerCase();
}

/**
 * The guesses as a first mapping; where two columns claim one field, the surer one has it. A column that is
 * called as a custom field becomes that, unless it was recognised as something else.
 */
export function firstMapping(columns: readonly ImportColumn[], customs: readonly Custom[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<ImportTarget>();
  for (const column of [...columns].sort((one, other) => other.confidence - one.confidence)) {
    const guess = column.guess;
    const custom = customs.find((field) => isCalled(column.name, field));
    const named = custom && customTarget(custom);
    // Somebody made the field under this name: that says more than a part of a name, "company" in "Company size".
    const wanted = column.confidence >= RECOGNISED ? [guess, named] : [named, guess];
    const target = wanted.find((one) => one && !taken.has(one)) ?? "ignore";
    if (target !== "ignore") taken.add(target);
    mapping[column.name] = target;
  }
  return mapping;
}

/** Confidence in a word: numbers between 0 and 1 say nothing to a person. */
export function sureness(column: ImportColumn, target: ImportTarget, customs: readonly Custom[]): string {
  if (target === "ignore") return column.guess === null ? "Not recognised" : "";
  const custom = customs.find((field) => customTarget(field) === target);
  if (custom && isCalled(column.name, custom)) return "Same name";
  if (column.guess !== target) return "Chosen by you";
  if (column.confidence >= RECOGNISED) return "Recognised";
  return column.confidence >= 0.6 ? "Probably" : "Please check";
}

function labelOf(target: Exclude<ImportTarget, "ignore">, customs: readonly Custom[]): string {
  if (Object.hasOwn(FIELD_LABEL, target)) return FIELD_LABEL[target as ImportField];
  return customs.find((field) => customTarget(field) === target)?.name ?? target;
}

/** What a field for these values would hold, as far as they show it. */
export function kindOf(samples: readonly string[]): FieldKind {
  const values = samples.map((sample) => sample.trim()).filter((value) => value !== "");
  const every = (shape: RegExp) => values.length > 0 && values.every((value) => shape.test(value));
  if (every(/^(yes|no|true|false)$/i)) return "boolean";
  if (every(/^\d{4}-\d{2}-\d{2}$/)) return "date";
  if (every(/^https?:\/\/\S{4,}$/i)) return "url";
  // What begins with a zero is a code, which nobody compares.
  return every(/^-?(0|[1-9]\d{0,14})(\.\d+)?$/) ? "number" : "text";
}

/** Why this mapping cannot be imported, or null. */
export function mappingProblem(mapping: Mapping, customs: readonly Custom[]): string | null {
  const used = Object.values(mapping).filter((target) => target !== "ignore");
  const twice = used.find((target, index) => used.indexOf(target) !== index);
  if (twice) return `Two columns become "${labelOf(twice, customs)}". Choose one and ignore the other.`;
  if (!used.includes("email") && !used.includes("phone")) {
    return "No column becomes an e-mail address or a phone number. Choose at least one of them.";
  }
  return null;
}

/** A sample as it should be read: emptiness is said, long cells are cut, line breaks are shown. */
export function showSample(value: string): string {
  const text = value.replaceAll(/\r?\n/g, " ⏎ ").trim();
  if (text === "") return "(empty)";
  return text.length > 42 ? `${text.slice(0, 40)}…` : text;
}

/** Time left at the present rate, in seconds; null while nobody can know. */
export function secondsLeft(progress: number, rowsRead: number, perSecond: number | null): number | null {
  if (!perSecond || perSecond <= 0 || progress <= 0 || rowsRead <= 0) return null;
  const total = rowsRead / progress;
  return Math.max(0, (total - rowsRead) / perSecond);
}
