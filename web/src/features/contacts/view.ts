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
  /** The order; empty for the newest first. */
  sort: string;
  /** The columns beside the name, separated by commas; empty for the usual ones. */
  cols: string;
  /** The saved view that was opened, whatever became of the rest since. */
  view: string;
};

/** The order that is meant where none is named. */
export const NEWEST = "-created_at";

/** Every order that the server knows, in words. */
export const ORDERS = [
  { sort: NEWEST, label: "Newest first" },
  { sort: "created_at", label: "Oldest first" },
  { sort: "name", label: "Name, A to Z" },
  { sort: "-name", label: "Name, Z to A" },
  { sort: "company", label: "Company, A to Z" },
  { sort: "-company", label: "Company, Z to A" },
  { sort: "-updated_at", label: "Changed last" },
  { sort: "updated_at", label: "Changed longest ago" },
  { sort: "-icp_score", label: "Best fit first" },
  { sort: "icp_score", label: "Worst fit first" },
] as const;

export function readView(params: URLSearchParams): ContactsView {
  const owner = params.get("owner") ?? "";
  const set = params.get("set_id") ?? "";
  const sort = params.get("sort") ?? "";
  const cols = params.get("cols") ?? "";
  const view = params.get("view") ?? "";
  return {
    search: params.get("q") ?? "",
    status: params.get("status") ?? "",
    import_id: params.get("import") ?? "",
    campaign_id: params.get("campaign") ?? "",
    set_id: /^(tag|lst|seg)_\w+$/.test(set) ? set : "",
    rule: params.get("rule") ?? "",
    owner: /^(me|mem_[0-9a-z]{26})$/.test(owner) ? owner : "",
    sort: sort !== NEWEST && ORDERS.some((order) => order.sort === sort) ? sort : "",
    cols: /^[\w.,-]+$/.test(cols) ? cols : "",
    view: /^viw_\w+$/.test(view) ? view : "",
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
  if (view.sort !== "") params.set("sort", view.sort);
  if (view.cols !== "") params.set("cols", view.cols);
  if (view.view !== "") params.set("view", view.view);
  return params;
}

/** What of an address can be saved as a view, always in the same words. */
export function savedPart(query: string): string {
  return writeView({ ...readView(new URLSearchParams(query)), view: "" }).toString();
}

/** What narrows the list. */
function filtersOf({ search, status, import_id, campaign_id, owner, set_id, rule }: ContactsView) {
  return { search, status, import_id, campaign_id, owner, set_id, rule };
}

/** As the server is asked for it; `me` is the id of whoever looks. */
export function queryOf(view: ContactsView, me: string) {
  const { owner, ...filter } = filtersOf(view);
  return { ...filter, sort: view.sort || NEWEST, owner_id: owner === "me" ? me : owner };
}

/** Where what the list shows can be downloaded as a file, all of it. */
export function exportUrl(view: ContactsView, me: string, format: "csv" | "json"): string {
  return withQuery(`/api/contacts/export.${format}`, queryOf(view, me));
}

export const isFiltered = (view: ContactsView): boolean =>
  Object.values(filtersOf(view)).some((part) => part !== "");

/** The list without anything that narrows it, in the same order and columns. */
export const unfiltered = ({ sort, cols }: ContactsView): ContactsView => ({
  ...readView(new URLSearchParams()),
  sort,
  cols,
});

/** What tells one set of filters from another. */
export const filterKey = (view: ContactsView): string => JSON.stringify(filtersOf(view));

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

/** How the list can be ordered by a column, as its first press does it; nothing where it cannot. */
export function sortable(column: string): { first: string } | undefined {
  if (!ORDERS.some(({ sort }) => sort === column)) return undefined;
  return { first: column === "name" || column === "company" ? column : `-${column}` };
}
