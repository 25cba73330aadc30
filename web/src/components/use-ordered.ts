import { type InfiniteData, type UseInfiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import type { Query } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { isTooMany, type Sortable, type Sorting } from "./sorting.ts";

/** Where the pages do not say how many match, nobody has counted them here. */
type Listed = { data: readonly unknown[]; total?: number; total_is_capped?: boolean };
type Asked<P> = UseInfiniteQueryOptions<P, Error, InfiniteData<P>, (string | Query)[], string>;

/** A list in the order that is wished for; where too many match for that, in the one that always goes. */
export function useOrdered<P extends Listed>({
  ask,
  wish,
  always,
  sortable,
  onSort,
}: {
  /** The list in an order. */
  ask: (sort: string) => Asked<P>;
  /** What the address says; empty for the one that always goes. */
  wish: string;
  always: string;
  sortable: (column: string, isCapped: boolean) => Sortable | undefined;
  /** With what the address is to say. */
  onSort: (sort: string) => void;
}) {
  const wished = useInfiniteQuery(ask(wish || always));
  const tooMany = isTooMany(wished.error);
  const plain = useInfiniteQuery({ ...ask(always), enabled: tooMany });
  const list = tooMany ? plain : wished;
  const found = list.data?.pages[0];
  const isCapped = found?.total_is_capped === true;
  const sorting: Sorting = {
    sort: tooMany ? always : wish || always,
    onSort: (sort) => onSort(sort === always ? "" : sort),
    of: (column) => sortable(column, isCapped),
  };
  return {
    list,
    rows: (list.data?.pages.flatMap((page) => page.data) ?? []) as P["data"],
    /** The first page, with how many match. */
    found,
    isCapped,
    /** How many rows there are, for readers of the table; -1 where nobody has counted them. */
    rowCount: found?.total !== undefined && !isCapped ? found.total + 1 : -1,
    sorting,
    /** Why it is not in the order that was wished for. */
    refused: tooMany ? messageOf(wished.error).replace(/, or .*$/, ".") : null,
    more: () => {
      if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
    },
  };
}
