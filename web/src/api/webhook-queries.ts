import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import type { Delivery, DeliveryStatus, StepWebhook, WebhookList, WholeDelivery } from "./types/webhooks.ts";
import type { Page } from "./types/wire.ts";

/** Endpoints with their health, and what they can be told; only for admins. */
export const webhooksQuery = queryOptions({
  queryKey: ["webhooks"],
  queryFn: ({ signal }) => get<WebhookList>("/api/webhooks", undefined, signal),
});

/** Those that a step of a funnel can tell, by name. */
export const stepWebhooksQuery = queryOptions({
  queryKey: ["webhooks", "steps"],
  queryFn: async ({ signal }) =>
    (await get<Page<StepWebhook>>("/api/funnels/webhooks", undefined, signal)).data,
});

/** What one endpoint was told, newest first. */
export function deliveriesQuery(webhook: string, status: DeliveryStatus | "") {
  return infiniteQueryOptions({
    queryKey: ["deliveries", webhook, status],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Delivery>>(
        `/api/webhooks/${webhook}/deliveries`,
        { status, limit: 50, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: ["delivery", id],
    queryFn: ({ signal }) => get<WholeDelivery>(`/api/deliveries/${id}`, undefined, signal),
  });
}
