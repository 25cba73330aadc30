import { ApiError } from "~/api/errors.ts";

/** Orders of a list, as the server calls them: `name` from the smallest, `-name` from the largest. */

export type Sorting = {
  sort: string;
  onSort: (sort: string) => void;
  /** How the list can be ordered by a column; nothing where it cannot. */
  of: (column: string) => Sortable | undefined;
};
export type Sortable = {
  /** What the first press on its head gives. */
  first: string;
  /** Why it cannot be just now. */
  locked?: string;
};

/** Whether a list was refused in the order that was asked for, because more match than are put in order. */
export const isTooMany = (error: unknown): boolean =>
  error instanceof ApiError && error.kind === "sort.too_many";

/** How a list in this order runs, seen from a column. */
export function wayOf(sort: string, column: string): "ascending" | "descending" | undefined {
  if (sort === `-${column}`) return "descending";
  return sort === column ? "ascending" : undefined;
}

/** The order after a press on the head of a column. */
export function pressed(sort: string, column: string, first: string): string {
  const way = wayOf(sort, column);
  if (way === undefined) return first;
  return way === "ascending" ? `-${column}` : column;
}
