import type { AssignWho } from "~/api/types/contacts.ts";
import { type ContactsView, ruleIn } from "./view.ts";

/** What is ticked: some rows by their ids, or everything that the filters find. */
export type Selection = "all" | ReadonlySet<string>;

export const NOTHING: Selection = new Set();

/** How many that is, of `total` that match. */
export const sizeOf = (selection: Selection, total: number): number =>
  selection === "all" ? total : selection.size;

export const has = (selection: Selection, id: string): boolean => selection === "all" || selection.has(id);

/** Ticks or unticks one row; where everything was ticked, what is left are the rows in the list. */
export function toggled(selection: Selection, id: string, rows: readonly { id: string }[]): Selection {
  const next = new Set(selection === "all" ? rows.map((row) => row.id) : selection);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Ticks all rows of the list; where they are ticked, none. */
export function toggledRows(selection: Selection, rows: readonly { id: string }[]): Selection {
  if (rows.every(({ id }) => has(selection, id))) return NOTHING;
  return new Set(rows.map(({ id }) => id));
}

/** Only what is still in the list: a filter must not leave something ticked that nobody sees. */
export function within(selection: Selection, rows: readonly { id: string }[]): Selection {
  if (selection === "all") return selection;
  const kept = rows.filter(({ id }) => selection.has(id)).map(({ id }) => id);
  return kept.length === selection.size ? selection : new Set(kept);
}

/** Whether everything that matches can be said to the server: what cannot be read of a rule must not be left out. */
export const canTakeAll = (view: ContactsView): boolean => view.rule === "" || ruleIn(view) !== null;

/** The words of the server for what is ticked; `me` stands in for "mine". */
export function whoOf(selection: Selection, view: ContactsView, me: string): AssignWho {
  if (selection !== "all") return { contact_ids: [...selection] };
  const who: AssignWho = {};
  if (view.search.trim() !== "") who.search = view.search;
  if (view.status !== "") who.status = view.status;
  if (view.import_id !== "") who.import_id = view.import_id;
  if (view.campaign_id !== "") who.campaign_id = view.campaign_id;
  if (view.set_id !== "") who.set_id = view.set_id;
  const rule = ruleIn(view);
  if (rule) who.rule = rule;
  if (view.owner !== "") who.owner_id = view.owner === "me" ? me : view.owner;
  return Object.keys(who).length === 0 ? { all: true } : who;
}
