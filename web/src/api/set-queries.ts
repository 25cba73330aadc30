import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post } from "./client.ts";
import { rows } from "./queries.ts";
import type { ContactSet, CustomField, Found, Rule, Segment } from "./types/sets.ts";
import type { Page } from "./types/wire.ts";

/** All of a list that is never long, however many pages it comes in. */
async function whole<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page<T> = await get<Page<T>>(path, { limit: 200, cursor }, signal);
    all.push(...page.data);
    cursor = page.next_cursor;
  }
  return all;
}

export const customFieldsQuery = queryOptions({
  queryKey: ["custom-fields"],
  queryFn: async ({ signal }) => rows(await get<Page<CustomField>>("/api/custom-fields", undefined, signal)),
});

/** By name, as the other two. */
export const tagsQuery = queryOptions({
  queryKey: ["tags"],
  queryFn: ({ signal }) => whole<ContactSet>("/api/tags", signal),
});

export const listsQuery = queryOptions({
  queryKey: ["lists"],
  queryFn: ({ signal }) => whole<ContactSet>("/api/lists", signal),
});

export const segmentsQuery = queryOptions({
  queryKey: ["segments"],
  queryFn: ({ signal }) => whole<Segment>("/api/segments", signal),
});

export function segmentQuery(id: string) {
  return queryOptions({
    queryKey: ["segments", id],
    queryFn: ({ signal }) => get<Segment>(`/api/segments/${id}`, undefined, signal),
  });
}

/** Whom a rule finds now; nobody is asked for while there is no rule. */
export function foundQuery(rule: Rule | null) {
  return queryOptions({
    queryKey: ["found", rule],
    queryFn: () => post<Found>("/api/segments/preview", { rule }),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
