import type { CustomField, FieldKind, Op } from "~/api/types/sets.ts";
import { customField, type Field, type Way, waysOf } from "../rule/fields.ts";

/** What a profile can ask of a contact and its company. */

const own = (name: string, label: string, kind: FieldKind = "text"): Field => ({
  name,
  label,
  kind,
  choices: [],
});

export const CONTACT_FIELDS: readonly Field[] = [
  own("title", "Title"),
  own("city", "City"),
  own("country", "Country"),
  own("status", "Status"),
  own("time_zone", "Time zone"),
  own("email", "E-mail"),
  own("phone", "Phone"),
];

export const COMPANY_FIELDS: readonly Field[] = [
  own("company.industry", "Industry"),
  own("company.employee_count", "Company size", "number"),
  own("company.name", "Company"),
  own("company.domain", "Company’s domain"),
  own("company.city", "Company’s city"),
  own("company.country", "Company’s country"),
  own("company.linkedin_url", "Company’s LinkedIn", "url"),
];

/** The field of this name; one that is gone is shown by its name, so that somebody can take it out. */
export function icpField(name: string, custom: readonly CustomField[]): Field {
  const all = [...CONTACT_FIELDS, ...COMPANY_FIELDS, ...custom.map(customField)];
  return all.find((field) => field.name === name) ?? own(name, name.replace(/^(custom|company)\./, ""));
}

/** How a field of this kind is compared. Nothing that turns with time: a score would change by itself. */
export const icpWays = (kind: FieldKind, op: Op): readonly Way[] =>
  waysOf(kind, { op, not: false }).filter((way) => !way.not && way.op !== "within_days");

/** Whether any one of several values is enough. */
export const takesSeveral = (kind: FieldKind, op: Op): boolean =>
  kind !== "boolean" && kind !== "date" && ["is", "is_not", "contains", "starts_with"].includes(op);
