import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import type { NotificationChoices, NotificationPage, PushStanding } from "./types/notifications.ts";

/** What the reader was told, newest first. */
export function notificationsQuery(unseen: boolean) {
  return infiniteQueryOptions({
    queryKey: ["notifications", "list", unseen],
    queryFn: ({ signal, pageParam }) =>
      get<NotificationPage>(
        "/api/notifications",
        { unseen: unseen ? "true" : "false", limit: 50, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** How many lines were not seen, for the bell. */
export const bellQuery = queryOptions({
  queryKey: ["notifications", "bell"],
  queryFn: ({ signal }) => get<NotificationPage>("/api/notifications", { unseen: "true", limit: 1 }, signal),
});

export const choicesQuery = queryOptions({
  queryKey: ["notifications", "choices"],
  queryFn: ({ signal }) => get<NotificationChoices>("/api/notifications/choices", undefined, signal),
});

export const pushQuery = queryOptions({
  queryKey: ["push"],
  queryFn: ({ signal }) => get<PushStanding>("/api/push", undefined, signal),
});
