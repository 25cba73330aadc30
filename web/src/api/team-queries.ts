import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post, type Query } from "./client.ts";
import { rows } from "./queries.ts";
import type { AuditEntry } from "./types/audit.ts";
import type { Session, TwoStep } from "./types/sign-in.ts";
import type { Invitation, Teammate, Welcome } from "./types/team.ts";
import type { Page } from "./types/wire.ts";

export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Teammate> | Teammate[]>("/api/members", undefined, signal)),
});

/** Open ones; only for admins. */
export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Invitation> | Invitation[]>("/api/invitations", undefined, signal)),
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Session> | Session[]>("/api/sessions", undefined, signal)),
});

export const twoStepQuery = queryOptions({
  queryKey: ["two-step"],
  queryFn: ({ signal }) => get<TwoStep>("/api/profile/second-factor", undefined, signal),
});

/** Newest first; only for admins. */
export function auditQuery(filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<AuditEntry>>("/api/audit", { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** What an invitation says, for whoever holds its token. It is not kept: a token in memory is one too many. */
export function welcomeQuery(token: string) {
  return queryOptions({
    queryKey: ["welcome", token],
    queryFn: () => post<Welcome>("/api/auth/invitation", { token }),
    enabled: token !== "",
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
