import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post } from "./client.ts";
import { rows } from "./queries.ts";
import type { Channel } from "./types/channel.ts";
import type { Assignment, InboxView, Label, Note, ReplyDraft } from "./types/inbox.ts";
import type { Macro } from "./types/macros.ts";
import type { Previewed, Snippet } from "./types/snippets.ts";
import type { Page } from "./types/wire.ts";

/** The labels of the workspace, by name. */
export const labelsQuery = queryOptions({
  queryKey: ["labels"],
  queryFn: async ({ signal }) => rows(await get<Page<Label>>("/api/labels", undefined, signal)),
  staleTime: 60_000,
});

/** How many conversations there are behind a filter, up to 10,000. */
export function inboxCountQuery(view: InboxView, filter: Record<string, string>) {
  return queryOptions({
    queryKey: ["conversations", "count", view, filter],
    queryFn: ({ signal }) =>
      get<{ total: number; total_is_capped: boolean }>(
        "/api/conversations/count",
        { view, ...filter },
        signal,
      ),
    staleTime: 10_000,
  });
}

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

/** The canned replies of the workspace, by name. */
export const snippetsQuery = queryOptions({
  queryKey: ["snippets"],
  queryFn: async ({ signal }) => rows(await get<Page<Snippet>>("/api/snippets", undefined, signal)),
  staleTime: 60_000,
});

/** The macros of the workspace, by name. */
export const macrosQuery = queryOptions({
  queryKey: ["macros"],
  queryFn: async ({ signal }) => rows(await get<Page<Macro>>("/api/macros", undefined, signal)),
  staleTime: 60_000,
});

/** A text as the newest contacts would get it, those first who lack something. */
export function previewQuery(text: { channel: Channel; subject: string; body: string }) {
  const body = { channel: text.channel, body: text.body, ...(text.subject ? { subject: text.subject } : {}) };
  return queryOptions({
    queryKey: ["preview", text],
    queryFn: () => post<{ people: Previewed[] }>("/api/messages/preview", body),
    enabled: text.body.trim() !== "",
    retry: false,
    placeholderData: keepPreviousData,
  });
}

/** How conversations that are nobody's find somebody. */
export const assignmentQuery = queryOptions({
  queryKey: ["assignment"],
  queryFn: ({ signal }) => get<Assignment>("/api/assignment", undefined, signal),
});
