import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { rows } from "./queries.ts";
import type { ApiKey, KeyScope } from "./types/keys.ts";
import type { Relayer } from "./types/relayers.ts";
import type { MemberTotals } from "./types/team.ts";
import type { Page } from "./types/wire.ts";

/** One's own; an admin gets everybody's. */
export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: async ({ signal }) => rows(await get<Page<ApiKey> | ApiKey[]>("/api/api-keys", undefined, signal)),
});

export const keyScopesQuery = queryOptions({
  queryKey: ["key-scopes"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<KeyScope> | KeyScope[]>("/api/api-keys/scopes", undefined, signal)),
  staleTime: Number.POSITIVE_INFINITY,
});

/** One's own; an admin gets everybody's. No event tells of a heartbeat, so the page asks again. */
export const relayersQuery = queryOptions({
  queryKey: ["relayers"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Relayer> | Relayer[]>("/api/relayers", undefined, signal)),
  refetchInterval: 15_000,
});

/** Only for managers and admins. */
export const teamTotalsQuery = queryOptions({
  queryKey: ["team-totals"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<MemberTotals> | MemberTotals[]>("/api/team/totals", undefined, signal)),
});
