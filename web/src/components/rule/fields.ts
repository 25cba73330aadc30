import type { CustomField, FieldKind, Happening, Op } from "~/api/types/sets.ts";
import { type Ask, isBare } from "./draft.ts";

/** What can be asked of a contact, and how. */

export type Field = { name: string; label: string; kind: FieldKind; choices: readonly string[] };

const own = (name: string, label: string, kind: FieldKind = "text"): Field => ({
  name,
  label,
  kind,
  choices: [],
});

/** What every contact has. */
export const OWN_FIELDS: readonly Field[] = [
  own("city", "City"),
  own("company", "Company"),
  own("country", "Country"),
  own("email", "E-mail"),
  own("first_name", "First name"),
  own("last_name", "Last name"),
  own("owner_id", "Owner", "choice"),
  own("phone", "Phone"),
  own("status", "Status"),
  own("time_zone", "Time zone"),
  own("title", "Title"),
  own("icp_score", "ICP score", "number"),
  own("created_at", "Added", "date"),
  own("updated_at", "Changed", "date"),
];

export const customField = ({ key, name, kind, choices }: CustomField): Field => ({
  name: `custom.${key}`,
  label: name,
  kind,
  choices,
});

/** The field of this name; one that is gone is shown by its name, so that somebody can take it out. */
export function fieldNamed(name: string, custom: readonly CustomField[]): Field {
  const known = [...OWN_FIELDS, ...custom.map(customField)].find((field) => field.name === name);
  return known ?? own(name, name.replace(/^custom\./, ""));
}

/** One way to compare; `not` turns `op` around where there is no word for the opposite. */
export type Way = { op: Op; not: boolean; label: string };
const way = (op: Op, label: string, not = false): Way => ({ op, not, label });
const FILLED = [way("exists", "has a value"), way("missing", "is empty")];
const SAME = [way("is", "is"), way("is_not", "is not")];
const TEXT = [
  ...SAME,
  way("contains", "contains"),
  way("contains", "does not contain", true),
  way("starts_with", "starts with"),
  ...FILLED,
];
const WAYS: Record<FieldKind, readonly Way[]> = {
  text: TEXT,
  url: TEXT,
  number: [...SAME, way("more_than", "is more than"), way("less_than", "is less than"), ...FILLED],
  date: [
    way("is", "is on"),
    way("is_not", "is not on"),
    way("before", "is before"),
    way("after", "is after"),
    way("within_days", "is in the last"),
    way("within_days", "is not in the last", true),
    ...FILLED,
  ],
  choice: [...SAME, ...FILLED],
  boolean: [way("is", "is"), ...FILLED],
};

/** How a field of this kind is compared, with the way that is in use even where nobody would be offered it. */
export function waysOf(kind: FieldKind, now: { op: Op; not: boolean }): readonly Way[] {
  const ways = WAYS[kind];
  if (ways.some(({ op, not }) => op === now.op && not === now.not)) return ways;
  const plain = ways.find(({ op }) => op === now.op)?.label ?? now.op.replaceAll("_", " ");
  return [...ways, way(now.op, now.not ? `not: ${plain}` : plain, now.not)];
}

export const HAPPENINGS: readonly { event: Happening; did: string; didNot: string }[] = [
  { event: "sent", did: "was sent", didNot: "was not sent" },
  { event: "delivered", did: "received", didNot: "did not receive" },
  { event: "opened", did: "opened", didNot: "did not open" },
  { event: "clicked", did: "clicked a link in", didNot: "clicked no link in" },
  { event: "replied", did: "answered", didNot: "did not answer" },
  { event: "bounced", did: "bounced", didNot: "did not bounce" },
];

/** A row about another field: what was chosen stays where it still makes sense. */
export function asking(what: string, before: Ask, custom: readonly CustomField[]): Ask {
  if (what === "tag" || what === "list") return { what, set: "" };
  if (what === "event") return { what, event: "opened", campaign: "", days: "" };
  const field = fieldNamed(what, custom);
  const was = before.what === "field" ? before : null;
  const kind = was ? fieldNamed(was.field, custom).kind : null;
  const op = was && WAYS[field.kind].some((one) => one.op === was.op) ? was.op : "is";
  const keeps =
    was && !isBare(op) && kind === field.kind && (kind === "text" || kind === "number" || kind === "date");
  const first = field.kind === "boolean" ? "true" : "";
  return { what: "field", field: what, op, value: keeps ? was.value : first };
}
