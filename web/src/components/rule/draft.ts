import type { Happening, Op, Rule } from "~/api/types/sets.ts";

/** A rule while it is edited: groups and rows, each with an id by which the page finds it again. */

export type Ask =
  | { what: "field"; field: string; op: Op; value: string }
  | { what: "tag" | "list"; set: string }
  | { what: "event"; event: Happening; campaign: string; days: string };
export type Question = { id: number; not: boolean; ask: Ask };
export type Group = { id: number; not: boolean; match: "all" | "any"; parts: Part[] };
export type Part = Question | Group;

export const isGroup = (part: Part): part is Group => "parts" in part;
/** There is nothing to compare with. */
export const isBare = (op: Op): boolean => op === "exists" || op === "missing";

let last = 0;
const fresh = (): number => {
  last += 1;
  return last;
};

export const question = (ask: Ask, not = false): Question => ({ id: fresh(), not, ask });
export const group = (match: "all" | "any", parts: Part[] = [], not = false): Group => ({
  id: fresh(),
  not,
  match,
  parts,
});

function read(rule: Rule, not: boolean): Part {
  if ("not" in rule) return read(rule.not, !not);
  if ("all" in rule) return group("all", rule.all.map(part), not);
  if ("any" in rule) return group("any", rule.any.map(part), not);
  if ("set_id" in rule)
    return question({ what: rule.set_id.startsWith("lst_") ? "list" : "tag", set: rule.set_id }, not);
  if ("event" in rule) {
    const { event, campaign_id, within_days } = rule;
    return question(
      { what: "event", event, campaign: campaign_id ?? "", days: within_days ? String(within_days) : "" },
      not,
    );
  }
  return question({ what: "field", field: rule.field, op: rule.op, value: rule.value ?? "" }, not);
}
const part = (rule: Rule): Part => read(rule, false);

/** The rows of a rule. The outermost is always a group, to which a row can be added. */
export function draftOf(rule: Rule): Group {
  const whole = part(rule);
  return isGroup(whole) ? whole : group("all", [whole]);
}

function asked(ask: Ask): Rule {
  switch (ask.what) {
    case "field":
      return isBare(ask.op)
        ? { field: ask.field, op: ask.op }
        : { field: ask.field, op: ask.op, value: ask.value.trim() };
    case "event":
      return {
        event: ask.event,
        ...(ask.campaign === "" ? {} : { campaign_id: ask.campaign }),
        ...(ask.days === "" ? {} : { within_days: Number(ask.days) }),
      };
    default:
      return { set_id: ask.set };
  }
}

/** The rule, and which row or group each place in it comes from: `rule.all[1]`. */
export function ruleOf(draft: Group): { rule: Rule; places: Map<string, number> } {
  const places = new Map<string, number>();
  const write = (from: Part, path: string): Rule => {
    places.set(path, from.id);
    const here = from.not ? `${path}.not` : path;
    places.set(here, from.id);
    const rule: Rule = !isGroup(from)
      ? asked(from.ask)
      : from.match === "all"
        ? { all: from.parts.map((inner, at) => write(inner, `${here}.all[${at}]`)) }
        : { any: from.parts.map((inner, at) => write(inner, `${here}.any[${at}]`)) };
    return from.not ? { not: rule } : rule;
  };
  return { rule: write(draft, "rule"), places };
}

/** What the server found wrong, beside the row that it is about. */
export function mistakesOf(
  fields: readonly { field: string; message: string }[],
  places: ReadonlyMap<string, number>,
): Map<number, string> {
  const mistakes = new Map<number, string>();
  for (const { field, message } of fields) {
    let path = field;
    while (path !== "" && !places.has(path)) path = path.slice(0, Math.max(path.lastIndexOf("."), 0));
    const id = places.get(path);
    if (id !== undefined && !mistakes.has(id)) mistakes.set(id, message);
  }
  return mistakes;
}

const MAX_DAYS = 3650;
const isDays = (text: string): boolean => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_DAYS;
const DAYS_WRONG = `Write a number of days from 1 to ${MAX_DAYS}`;

function gapOf(from: Part): string | null {
  if (isGroup(from)) return from.parts.length === 0 ? "Add a condition, or remove the group" : null;
  const { ask } = from;
  if (ask.what === "event") return ask.days === "" || isDays(ask.days) ? null : DAYS_WRONG;
  if (ask.what !== "field") return ask.set === "" ? `Choose a ${ask.what}` : null;
  if (isBare(ask.op)) return null;
  if (ask.op === "within_days") return isDays(ask.value) ? null : DAYS_WRONG;
  return ask.value.trim() === "" ? "Say what to compare with" : null;
}

/** What is not finished yet, so that there is nothing to ask the server. */
export function gapsIn(draft: Group): Map<number, string> {
  const gaps = new Map<number, string>();
  const visit = (from: Part) => {
    const gap = gapOf(from);
    if (gap !== null) gaps.set(from.id, gap);
    if (isGroup(from)) from.parts.forEach(visit);
  };
  visit(draft);
  return gaps;
}

/** The draft with one part changed, or without it where `change` gives nothing. */
export function changed(draft: Group, id: number, change: (from: Part) => Part | null): Group {
  const inside = (from: Group): Group => ({
    ...from,
    parts: from.parts.flatMap((inner) => {
      if (inner.id === id) return change(inner) ?? [];
      return isGroup(inner) ? inside(inner) : inner;
    }),
  });
  if (draft.id !== id) return inside(draft);
  const whole = change(draft);
  return whole && isGroup(whole) ? whole : draft;
}

/** The draft with `extra` at the end of the group `id`. */
export const added = (draft: Group, id: number, extra: Part): Group =>
  changed(draft, id, (from) => (isGroup(from) ? { ...from, parts: [...from.parts, extra] } : from));

/** What takes the focus when `id` goes: the part behind it, the one before it, or the group around it. */
export function neighbour(draft: Group, id: number): number | null {
  const at = draft.parts.findIndex((inner) => inner.id === id);
  if (at >= 0) return (draft.parts[at + 1] ?? draft.parts[at - 1] ?? draft).id;
  for (const inner of draft.parts) {
    const found = isGroup(inner) ? neighbour(inner, id) : null;
    if (found !== null) return found;
  }
  return null;
}
