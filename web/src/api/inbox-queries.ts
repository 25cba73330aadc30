import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { rows } from "./queries.ts";
import type { Label, Note, ReplyDraft } from "./types/inbox.ts";
import type { Page } from "./types/wire.ts";

/** The labels of the workspace, by name. */
export const labelsQuery = queryOptions({
  queryKey: ["labels"],
  queryFn: async ({ signal }) => rows(await get<Page<Label>>("/api/labels", undefined, signal)),
  staleTime: 60_000,
});

/** What members said to each other in a conversation, oldest first. */
export function notesQuery(id: string) {
  return queryOptions({
    queryKey: ["notes", id],
    queryFn: async ({ signal }) =>
      rows(await get<Page<Note>>(`/api/conversations/${id}/notes`, undefined, signal)),
  });
}

/** The answers that members are typing in a conversation. */
export function draftsQuery(id: string) {
  return queryOptions({
    queryKey: ["drafts", id],
    queryFn: async ({ signal }) =>
      rows(await get<Page<ReplyDraft>>(`/api/conversations/${id}/drafts`, undefined, signal)),
  });
}
