import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import type { DraftPage, DraftView } from "./types/drafts.ts";

export function draftsQuery(view: DraftView) {
  return infiniteQueryOptions({
    queryKey: ["drafts", view],
    queryFn: ({ signal, pageParam }) =>
      get<DraftPage>("/api/drafts", { view, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** How many wait for a yes. */
export const draftCountQuery = queryOptions({
  queryKey: ["drafts", "count"],
  queryFn: ({ signal }) => get<DraftPage>("/api/drafts", { limit: 1 }, signal),
});
