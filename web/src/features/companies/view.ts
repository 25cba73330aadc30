/** What the list of companies shows, kept in the address so that a link shows the same. */
export type CompaniesView = {
  search: string;
  /** The id of a member. */
  owner: string;
  /** The order; empty for by name. */
  sort: string;
  /** The saved view that was opened. */
  view: string;
};

/** The order that is meant where none is named. */
export const BY_NAME = "name";

/** Every order that the server knows, in words. */
export const ORDERS = [
  { sort: BY_NAME, label: "Name, A to Z" },
  { sort: "-name", label: "Name, Z to A" },
  { sort: "-people", label: "Most people first" },
  { sort: "people", label: "Fewest people first" },
  { sort: "-created_at", label: "Newest first" },
  { sort: "created_at", label: "Oldest first" },
] as const;

export function readView(params: URLSearchParams): CompaniesView {
  const sort = params.get("sort") ?? "";
  const view = params.get("view") ?? "";
  return {
    search: params.get("q") ?? "",
    owner: params.get("owner") ?? "",
    sort: sort !== BY_NAME && ORDERS.some((order) => order.sort === sort) ? sort : "",
    view: /^viw_\w+$/.test(view) ? view : "",
  };
}

/** Only what differs from the default is written. */
export function writeView({ search, owner, sort, view }: CompaniesView): URLSearchParams {
  const parts = Object.entries({ q: search, owner, sort, view });
  return new URLSearchParams(parts.filter(([, value]) => value !== ""));
}

/** What of an address can be saved as a view, always in the same words. */
export function savedPart(query: string): string {
  return writeView({ ...readView(new URLSearchParams(query)), view: "" }).toString();
}

/** How the list can be ordered by a column; nothing where it cannot. */
export function sortable(column: string, isCapped: boolean): { first: string; locked?: string } | undefined {
  if (!ORDERS.some(({ sort }) => sort === column)) return undefined;
  if (column !== "people") return { first: column === BY_NAME ? column : `-${column}` };
  const locked = isCapped
    ? "Sorting by people is available for up to 10,000 companies: narrow the list with a search."
    : undefined;
  return { first: "-people", locked };
}
