import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, type Query } from "./client.ts";
import type { TaskPage } from "./types/tasks.ts";

export function tasksQuery(filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["tasks", filter],
    queryFn: ({ signal, pageParam }) =>
      get<TaskPage>("/api/tasks", { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** How many are to be done. */
export const taskCountQuery = queryOptions({
  queryKey: ["tasks", "count"],
  queryFn: ({ signal }) => get<TaskPage>("/api/tasks", { limit: 1 }, signal),
});
