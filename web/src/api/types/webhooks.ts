/** Webhooks: programs that are told what happens, and each delivery to them. */

import type { Instant, Page } from "./wire.ts";

/** A program that is told what happens. */
export type Webhook = {
  id: string;
  url: string;
  description: string;
  kinds: string[];
  include_content: boolean;
  active: boolean;
  /** Why the server switched it off. */
  problem: string | null;
  failing_since: Instant | null;
  succeeded_at: Instant | null;
  failed_at: Instant | null;
  pending: number;
  failed: number;
  /** Until then the secret before this one signs as well. */
  old_secret_until: Instant | null;
  created_at: Instant;
};
/** Something a webhook can be told, in words. */
export type WebhookKind = { kind: string; about: string };
/** The webhooks, and everything that one can be told. */
export type WebhookList = Page<Webhook> & { kinds: WebhookKind[] };
/** What is answered once, when a secret is made: it is never shown again. */
export type WebhookWithSecret = Webhook & { secret: string };
/** How far one delivery has come. */
export type DeliveryStatus = "pending" | "delivered" | "failed";
/** One event on its way to one webhook; `answered` is the HTTP status. */
export type Delivery = {
  id: string;
  webhook_id: string;
  kind: string;
  status: DeliveryStatus;
  attempt: number;
  answered: number | null;
  due_at: Instant;
  created_at: Instant;
  done_at: Instant | null;
};
/** One try of a delivery. */
export type DeliveryAttempt = {
  number: number;
  at: Instant;
  duration_ms: number;
  answered: number | null;
  answer: string;
  problem: string | null;
};
/** A delivery with what was sent and every answer. */
export type WholeDelivery = Delivery & { request: string; attempts: DeliveryAttempt[] };
/** A webhook as those see it who draw funnels. */
export type StepWebhook = { id: string; name: string; active: boolean; include_content: boolean };
