import { withQuery } from "~/api/client.ts";
import type { Rule } from "~/api/types/sets.ts";

/** What the contact list shows, kept in the address so that a link shows the same. */
export type ContactsView = {
  search: string;
  status: string;
  import_id: string;
  campaign_id: string;
  /** `me`, or the id of a member. */
  owner: string;
  /** A tag, a list or a segment. */
  set_id: string;
  /** Conditions: the JSON of a rule. */
  rule: string;
};

/** The order of the list. The server knows no other, so no head of a column is a button. */
export const ORDER = "-created_at";

export function readView(params: URLSearchParams): ContactsView {
  const owner = params.get("owner") ?? "";
  const set = params.get("set_id") ?? "";
  return {
    search: params.get("q") ?? "",
    status: params.get("status") ?? "",
    import_id: params.get("import") ?? "",
    campaign_id: params.get("campaign") ?? "",
    set_id: /^(tag|lst|seg)_\w+$/.test(set) ? set : "",
    rule: params.get("rule") ?? "",
    owner: /^(me|mem_[0-9a-z]{26})$/.test(owner) ? owner : "",
  };
}

/** Only what differs from the default is written. */
export function writeView(view: ContactsView): URLSearchParams {
  const params = new URLSearchParams();
  if (view.search !== "") params.set("q", view.search);
  if (view.status !== "") params.set("status", view.status);
  if (view.import_id !== "") params.set("import", view.import_id);
  if (view.campaign_id !== "") params.set("campaign", view.campaign_id);
  if (view.set_id !== "") params.set("set_id", view.set_id);
  if (view.rule !== "") params.set("rule", view.rule);
  if (view.owner !== "") params.set("owner", view.owner);
  return params;
}

/** As the server is asked for it; `me` is the id of whoever looks. */
export function queryOf({ owner, ...filter }: ContactsView, me: string) {
  return { ...filter, sort: ORDER, owner_id: owner === "me" ? me : owner };
}

/** Where what the list shows can be downloaded as a file, all of it. */
export function exportUrl(view: ContactsView, me: string, format: "csv" | "json"): string {
  return withQuery(`/api/contacts/export.${format}`, queryOf(view, me));
}

export const isFiltered = (view: ContactsView): boolean => Object.values(view).some((part) => part !== "");

/** The conditions in the address; what cannot be read is none, and the server says so. */
export function ruleIn(view: ContactsView): Rule | null {
  if (view.rule === "") return null;
  try {
    const rule: unknown = JSON.parse(view.rule);
    return isRule(rule) ? rule : null;
  } catch {
    return null;
  }
}

/** Whether it has the shape of a rule; whether it can be asked is for the server to say. */
function isRule(value: unknown): value is Rule {
  if (typeof value !== "object" || value === null) return false;
  if ("all" in value) return Array.isArray(value.all) && value.all.every(isRule);
  if ("any" in value) return Array.isArray(value.any) && value.any.every(isRule);
  if ("not" in value) return isRule(value.not);
  if ("field" in value)
    return typeof value.field === "string" && "op" in value && typeof value.op === "string";
  return ["set_id", "event"].some((key) => typeof (value as Record<string, unknown>)[key] === "string");
}

/** How the list is ordered by a column, for its head. */
export function orderedBy(column: string): "ascending" | "descending" | undefined {
  if (ORDER === `-${column}`) return "descending";
  return ORDER === column ? "ascending" : undefined;
}
