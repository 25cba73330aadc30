/** What the contact list shows, kept in the address so that a link shows the same. */
export type ContactsView = {
  search: string;
  status: string;
  import_id: string;
  campaign_id: string;
  /** `me`, or the id of a member. */
  owner: string;
};

/** The order of the list. The server knows no other, so no head of a column is a button. */
export const ORDER = "-created_at";

export function readView(params: URLSearchParams): ContactsView {
  const owner = params.get("owner") ?? "";
  return {
    search: params.get("q") ?? "",
    status: params.get("status") ?? "",
    import_id: params.get("import") ?? "",
    campaign_id: params.get("campaign") ?? "",
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
  if (view.owner !== "") params.set("owner", view.owner);
  return params;
}

/** As the server is asked for it; `me` is the id of whoever looks. */
export function queryOf({ owner, ...filter }: ContactsView, me: string) {
  return { ...filter, sort: ORDER, owner_id: owner === "me" ? me : owner };
}

export const isFiltered = (view: ContactsView): boolean =>
  [view.search, view.status, view.import_id, view.campaign_id, view.owner].some((part) => part !== "");

/** How the list is ordered by a column, for its head. */
export function orderedBy(column: string): "ascending" | "descending" | undefined {
  if (ORDER === `-${column}`) return "descending";
  return ORDER === column ? "ascending" : undefined;
}
