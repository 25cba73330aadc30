import type { ImportColumn, ImportField, OnMatch } from "~/api/types/imports.ts";

/** What each column becomes: pure rules of the mapping step. */

export type Target = ImportField | "ignore";
export type Mapping = Record<string, Target>;

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

export const MATCH_TEXT: Record<OnMatch, { title: string; text: string }> = {
  fill: { title: "Fill in what is empty", text: "Values that are there stay. Nothing is lost." },
  overwrite: { title: "Overwrite", text: "The file wins wherever it has a value." },
  skip: { title: "Skip them", text: "Only new people are added." },
};

/** The guesses as a first mapping; where two columns claim one field, the surer one has it. */
export function firstMapping(columns: readonly ImportColumn[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<ImportField>();
  for (const column of [...columns].sort((one, other) => other.confidence - one.confidence)) {
    const guess = column.guess;
    if (guess && !taken.has(guess)) {
      taken.add(guess);
      mapping[column.name] = guess;
    } else mapping[column.name] = "ignore";
  }
  return mapping;
}

/** Confidence in a word: numbers between 0 and 1 say nothing to a person. */
export function sureness(column: ImportColumn, target: Target): string {
  if (target === "ignore") return column.guess === null ? "Not recognised" : "";
  if (column.guess !== target) return "Chosen by you";
  if (column.confidence >= 0.9) return "Recognised";
  return column.confidence >= 0.6 ? "Probably" : "Please check";
}

/** Why this mapping cannot be imported, or null. */
export function mappingProblem(mapping: Mapping): string | null {
  const used = Object.values(mapping).filter((target): target is ImportField => target !== "ignore");
  const twice = used.find((target, index) => used.indexOf(target) !== index);
  if (twice) return `Two columns become "${FIELD_LABEL[twice]}". Choose one and ignore the other.`;
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

export function delimiterName(delimiter: string): string {
  const names: Record<string, string> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" };
  return names[delimiter] ?? delimiter;
}

/** Time left at the present rate, in seconds; null while nobody can know. */
export function secondsLeft(progress: number, rowsRead: number, perSecond: number | null): number | null {
  if (!perSecond || perSecond <= 0 || progress <= 0 || rowsRead <= 0) return null;
  const total = rowsRead / progress;
  return Math.max(0, (total - rowsRead) / perSecond);
}
