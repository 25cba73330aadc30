import type { Condition, ConditionOp } from "~/api/types/funnels.ts";

/** Conditions as the editor shows them: rows and groups, found by their path from the outermost. */

/** Where a part stands: the numbers of the parts that it is in. `not` around it needs no number. */
export type Path = readonly number[];
export type Match = "all" | "any" | "none" | "not all";
export type Shown =
  | { kind: "group"; match: Match; parts: readonly Condition[] }
  | { kind: "row"; not: boolean; leaf: Leaf };
export type Leaf =
  | Extract<Condition, { field: string }>
  | Extract<Condition, { event: string }>
  | Extract<Condition, { split: string }>
  | Extract<Condition, { task: string }>
  | Extract<Condition, { icp_at_least: number }>
  | Extract<Condition, { set_id: string }>;

/** What a part is: a group of parts or one question, with the `not` around it read as part of it. */
export function shown(condition: Condition, not = false): Shown {
  if ("not" in condition) return shown(condition.not, !not);
  if ("all" in condition) return { kind: "group", match: not ? "not all" : "all", parts: condition.all };
  if ("any" in condition) return { kind: "group", match: not ? "none" : "any", parts: condition.any };
  return { kind: "row", not, leaf: condition };
}

/** The condition of a group. */
export function groupOf(match: Match, parts: readonly Condition[]): Condition {
  const list = [...parts];
  if (match === "all") return { all: list };
  if (match === "any") return { any: list };
  return match === "none" ? { not: { any: list } } : { not: { all: list } };
}

/** Changes the part at a path; `null` takes it out, and with it a group that is then empty. */
export function changeAt(
  condition: Condition,
  path: Path,
  next: (part: Condition) => Condition | null,
): Condition | null {
  const [first, ...rest] = path;
  if (first === undefined) return next(condition);
  const part = shown(condition);
  const inner = part.kind === "group" ? part.parts[first] : undefined;
  if (part.kind === "row" || inner === undefined) return condition;
  const changed = changeAt(inner, rest, next);
  if (changed === inner) return condition;
  const parts = changed === null ? part.parts.toSpliced(first, 1) : part.parts.with(first, changed);
  return parts.length === 0 ? null : groupOf(part.match, parts);
}

export const NEW_ROW: Leaf = { event: "opened", happened: true };

/** One more question beside the others; a question alone becomes a group of two. */
export function added(condition: Condition, path: Path, row: Condition = NEW_ROW): Condition {
  const more = (part: Condition): Condition => {
    const it = shown(part);
    return it.kind === "group" ? groupOf(it.match, [...it.parts, row]) : { all: [part, row] };
  };
  return changeAt(condition, path, more) ?? condition;
}

export const MATCHES: readonly { value: Match; label: string }[] = [
  { value: "all", label: "all of these" },
  { value: "any", label: "any of these" },
  { value: "none", label: "none of these" },
  { value: "not all", label: "not all of these" },
];

export const HAPPENINGS: readonly { value: string; did: string; didNot: string }[] = [
  { value: "sent", did: "was sent", didNot: "was not sent" },
  { value: "delivered", did: "was delivered", didNot: "was not delivered" },
  { value: "opened", did: "was opened", didNot: "was not opened" },
  { value: "clicked", did: "was clicked", didNot: "was not clicked" },
  { value: "replied", did: "was answered", didNot: "was not answered" },
  { value: "bounced", did: "bounced", didNot: "did not bounce" },
];

/** What a condition can ask about a contact: its own merge fields, its status and its zone. */
export const CONDITION_FIELDS: readonly { value: string; label: string }[] = [
  { value: "contact.first_name", label: "First name" },
  { value: "contact.last_name", label: "Last name" },
  { value: "contact.full_name", label: "Full name" },
  { value: "contact.email", label: "E-mail" },
  { value: "contact.phone", label: "Phone" },
  { value: "contact.company", label: "Company" },
  { value: "contact.title", label: "Job title" },
  { value: "contact.city", label: "City" },
  { value: "contact.country", label: "Country" },
  { value: "contact.status", label: "Status" },
  { value: "contact.time_zone", label: "Time zone" },
];

export type How = { op: ConditionOp; not: boolean; label: string };
export const HOWS: readonly How[] = [
  { op: "is", not: false, label: "is" },
  { op: "is_not", not: false, label: "is not" },
  { op: "contains", not: false, label: "contains" },
  { op: "contains", not: true, label: "does not contain" },
  { op: "exists", not: false, label: "is known" },
  { op: "missing", not: false, label: "is missing" },
];
/** The rest of what can be written, offered only where it is. */
const ODD: readonly How[] = [
  { op: "is", not: true, label: "is other than" },
  { op: "is_not", not: true, label: "is no other than" },
  { op: "exists", not: true, label: "is not known" },
  { op: "missing", not: true, label: "is not missing" },
];

export function howsFor(op: ConditionOp, not: boolean): readonly How[] {
  const odd = ODD.filter((how) => how.op === op && how.not === not);
  return [...HOWS, ...odd];
}

/** A question about a field; nothing to compare with where the question needs nothing. */
export function asked(field: string, how: How, value: string): Condition {
  const bare = how.op === "exists" || how.op === "missing";
  const leaf: Condition = bare ? { field, op: how.op } : { field, op: how.op, value };
  return how.not ? { not: leaf } : leaf;
}
