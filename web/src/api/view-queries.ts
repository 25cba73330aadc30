import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { rows } from "./queries.ts";
import type { SavedView } from "./types/views.ts";
import type { Page } from "./types/wire.ts";

/** The reader's own and those that are shared, of all lists, by name. */
export const viewsQuery = queryOptions({
  queryKey: ["views"],
  queryFn: async ({ signal }) => rows(await get<Page<SavedView>>("/api/views", undefined, signal)),
  staleTime: 30_000,
});
