/** What a member is told of. */

import type { Instant, Page } from "./wire.ts";

export type NotificationKind = "mention" | "assigned" | "reply" | "approval" | "late";
export type Notification = {
  id: string;
  kind: NotificationKind;
  /** The conversation it is about; null for the send queue. */
  conversation_id: string | null;
  contact_name: string | null;
  snippet: string | null;
  /** The colleague who caused it. */
  actor_name: string | null;
  /** How often it happened before it was seen. */
  times: number;
  at: Instant;
  seen_at: Instant | null;
};
export type NotificationPage = Page<Notification> & {
  /** How many lines were not seen. */
  unseen: number;
  /** Whether the reader chose that the page is quiet now. */
  is_quiet: boolean;
};
/** What a member wants to hear of, and when not; minutes of the workspace's day. */
export type NotificationChoices = {
  muted: NotificationKind[];
  quiet_from: number | null;
  quiet_until: number | null;
};
