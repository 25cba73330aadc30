import { infiniteQueryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import type { Erasure } from "./types/privacy.ts";
import type { Page } from "./types/wire.ts";

/** Certificates of erasures, newest first; only for admins. */
export const erasuresQuery = infiniteQueryOptions({
  queryKey: ["erasures"],
  queryFn: ({ signal, pageParam }) =>
    get<Page<Erasure>>("/api/erasures", { limit: 50, cursor: pageParam }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});
