import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { get, type Query } from "./client.ts";
import type { TargetPage } from "./types/targets.ts";

export function targetsQuery(filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["targets", filter],
    queryFn: ({ signal, pageParam }) =>
      get<TargetPage>("/api/targets", { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}
