import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { rows } from "./queries.ts";
import type { BulkAction } from "./types/bulk.ts";
import type { Page } from "./types/wire.ts";

/** Whether it, or its undo, goes on. */
export const isUnderWay = ({ status, undo }: BulkAction): boolean =>
  status === "queued" || status === "processing" || undo?.status === "running";

export function bulkQuery(id: string) {
  return queryOptions({
    queryKey: ["bulk", id],
    queryFn: ({ signal }) => get<BulkAction>(`/api/bulk-actions/${id}`, undefined, signal),
    // Events carry progress; polling covers the time in which they cannot arrive.
    refetchInterval: ({ state: { data } }) => (data && isUnderWay(data) ? 1000 : false),
  });
}

/** The newest ones, as many as there are jobs on the page of jobs. */
export const bulkListQuery = queryOptions({
  queryKey: ["bulk"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<BulkAction>>("/api/bulk-actions", { limit: 100 }, signal)),
});
