import type { CustomField, Rule } from "~/api/types/sets.ts";
import { dayWords, plural } from "~/lib/format.ts";
import { isBare } from "./draft.ts";
import { fieldNamed, HAPPENINGS, waysOf } from "./fields.ts";

/** What the ids in a rule are called. */
export type Names = { fields: readonly CustomField[]; of: (id: string) => string | undefined };

function compared(rule: Extract<Rule, { field: string }>, not: boolean, { fields, of }: Names): string {
  const field = fieldNamed(rule.field, fields);
  const way = waysOf(field.kind, { op: rule.op, not }).find(({ op, not: n }) => op === rule.op && n === not);
  const start = `${field.label} ${way?.label ?? rule.op}`;
  const value = rule.value ?? "";
  if (isBare(rule.op)) return start;
  if (rule.op === "within_days") return `${start} ${plural(Number(value), "day")}`;
  if (field.kind === "boolean") return `${start} ${value === "true" ? "yes" : "no"}`;
  if (field.kind === "date") return `${start} ${dayWords(value)}`;
  return `${start} ${of(value) ?? value}`;
}

function happened(rule: Extract<Rule, { event: string }>, not: boolean, { of }: Names): string {
  const verb = HAPPENINGS.find(({ event }) => event === rule.event);
  const whose = rule.campaign_id ? `a message of ${of(rule.campaign_id) ?? "a campaign"}` : "a message";
  const when = rule.within_days ? ` in the last ${plural(rule.within_days, "day")}` : "";
  return `${not ? verb?.didNot : verb?.did} ${whose}${when}`;
}

/** The rule as a sentence: "City is Oslo and (tag VIP or on the list Press)". */
export function ruleWords(rule: Rule, names: Names, not = false, inner = false): string {
  if ("not" in rule) return ruleWords(rule.not, names, !not, inner);
  if ("field" in rule) return compared(rule, not, names);
  if ("event" in rule) return happened(rule, not, names);
  if ("set_id" in rule) {
    const name = names.of(rule.set_id) ?? "that is gone";
    const isList = rule.set_id.startsWith("lst_");
    return isList
      ? `${not ? "not on" : "on"} the list ${name}`
      : `${not ? "without the tag" : "tag"} ${name}`;
  }
  const [parts, joint] = "all" in rule ? [rule.all, " and "] : [rule.any, " or "];
  if (parts.length === 0) return "all" in rule === !not ? "everybody" : "nobody";
  const [only] = parts;
  if (only && parts.length === 1) return ruleWords(only, names, not, inner);
  const said = parts.map((part) => ruleWords(part, names, false, true)).join(joint);
  if (not) return `not (${said})`;
  return inner ? `(${said})` : said;
}
