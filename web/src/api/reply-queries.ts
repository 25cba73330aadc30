import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post } from "./client.ts";
import type { DueThen, RepliesKept, ReplyTimes } from "./types/reply-times.ts";

/** Within how much business time answers are wanted. */
export const replyTimesQuery = queryOptions({
  queryKey: ["reply-times"],
  queryFn: ({ signal }) => get<ReplyTimes>("/api/reply-times", undefined, signal),
});

/** How well the workspace answered in the last 30 days. */
export const repliesKeptQuery = queryOptions({
  queryKey: ["reply-times", "report"],
  queryFn: ({ signal }) => get<RepliesKept>("/api/reply-times/report", undefined, signal),
});

/** When answers would be due to messages that come at these moments, such as `2026-11-27T16:30`. */
export function dueThenQuery(times: ReplyTimes, moments: readonly string[]) {
  return queryOptions({
    queryKey: ["reply-times", "preview", times, moments],
    queryFn: () =>
      post<{ time_zone: string; data: DueThen[] }>("/api/reply-times/preview", { times, moments }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}
