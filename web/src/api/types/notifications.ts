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
/** What a member wants to hear of, how, and when not; minutes of their day. */
export type NotificationChoices = {
  /** What is not listed in the app. */
  muted: NotificationKind[];
  push: NotificationKind[];
  mail: NotificationKind[];
  quiet_from: number | null;
  quiet_until: number | null;
  /** The weekdays on which the quiet hours begin; Monday is 1. */
  quiet_days: number[];
  /** Null for the workspace's. */
  time_zone: string | null;
  mail_goes: "out" | "sandbox" | "nowhere";
};
/** In how many browsers of the reader push is on, and whether in this one. */
export type PushStanding = { public_key: string; browsers: number; here: boolean };
