import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import type { SplitContest } from "./types/splits.ts";

/** Under the campaign's own key: whatever refreshes the campaign refreshes it. */
export function splitsQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "splits"],
    queryFn: async ({ signal }) =>
      (await get<{ data: SplitContest[] }>(`/api/campaigns/${id}/splits`, undefined, signal)).data,
  });
}
