import type { Criterion } from "~/api/types/icp.ts";
import type { CustomField, Op } from "~/api/types/sets.ts";
import { icpField, icpWays, takesSeveral } from "~/components/icp/fields.ts";
import { isBare } from "~/components/rule/draft.ts";

/** A criterion while it is edited; `typed` is a value that nobody has finished yet. */
export type Row = {
  id: number;
  label: string;
  field: string;
  op: Op;
  values: string[];
  typed: string;
  weight: string;
};

let last = 0;
export function row(from: Partial<Omit<Row, "id">> = {}): Row {
  last += 1;
  return {
    label: "",
    field: "title",
    op: "contains",
    values: [],
    typed: "",
    weight: "20",
    ...from,
    id: last,
  };
}

export const rowsOf = (criteria: readonly Criterion[]): Row[] =>
  criteria.map(({ weight, ...rest }) => row({ ...rest, weight: String(weight) }));

/** Several words that were typed or pasted at once. */
export const split = (text: string): string[] =>
  text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** Everything that is written in it, finished or not. */
export function valuesOf({ op, values, typed }: Row): string[] {
  if (isBare(op)) return [];
  const unfinished = typed.trim();
  return unfinished === "" || values.includes(unfinished) ? values : [...values, unfinished];
}

export function weightOf(text: string): number {
  const plain = text.trim().replace("−", "-");
  return /^[+-]?\d{1,4}$/.test(plain) ? Number(plain) : Number.NaN;
}

export const criteriaOf = (rows: readonly Row[]): Criterion[] =>
  rows.map((one) => ({
    label: one.label.trim(),
    field: one.field,
    op: one.op,
    values: valuesOf(one),
    weight: weightOf(one.weight),
  }));

/** What is not finished yet, by row, so that there is nothing to ask the server. */
export function gapsIn(rows: readonly Row[]): Map<number, string> {
  const gaps = new Map<number, string>();
  for (const one of rows) {
    const weight = weightOf(one.weight);
    if (!isBare(one.op) && valuesOf(one).length === 0) gaps.set(one.id, "Say what to compare with");
    else if (Number.isNaN(weight) || weight === 0 || Math.abs(weight) > 100)
      gaps.set(one.id, "Write a weight from −100 to 100, but not 0");
  }
  return gaps;
}

/** What the server found wrong, beside the row that it is about. */
export function mistakesOf(
  fields: readonly { field: string; message: string }[],
  rows: readonly Row[],
): Map<number, string> {
  const mistakes = new Map<number, string>();
  for (const { field, message } of fields) {
    const at = /^criteria\[(\d+)\]/.exec(field)?.[1];
    const one = at === undefined ? undefined : rows[Number(at)];
    if (one && !mistakes.has(one.id)) mistakes.set(one.id, message);
  }
  return mistakes;
}

/** A row about another field: what was chosen stays where it still makes sense. */
export function asking(name: string, before: Row, custom: readonly CustomField[]): Row {
  const [was, is] = [icpField(before.field, custom).kind, icpField(name, custom).kind];
  const ways = icpWays(is, is === "number" ? "more_than" : "is");
  const op = was === is && ways.some((way) => way.op === before.op) ? before.op : (ways[0]?.op ?? "is");
  const values = is === "boolean" ? ["true"] : [];
  return { ...before, field: name, op, values, typed: "" };
}

/** The same compared in another way. */
export function comparing(op: Op, before: Row, custom: readonly CustomField[]): Row {
  const { kind } = icpField(before.field, custom);
  const values = valuesOf(before);
  if (isBare(op)) return { ...before, op };
  return takesSeveral(kind, op)
    ? { ...before, op }
    : { ...before, op, values: kind === "boolean" ? values.slice(0, 1) : [], typed: values[0] ?? "" };
}
