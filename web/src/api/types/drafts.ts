/** The send queue: messages that a person looks over before they leave. */

import type { Channel } from "./channel.ts";
import type { MessageStatus } from "./inbox.ts";
import type { Instant, Page } from "./wire.ts";

export type DraftView = "review" | "held" | "approved" | "failed" | "uncertain" | "sent" | "rejected" | "all";
/** How much something stands in the way: it would not leave, it would leave later, or it is worth a look. */
export type Weight = "stop" | "wait" | "note";
export type Check = { code: string; label: string; text: string; weight: Weight };
export type Draft = {
  id: string;
  conversation_id: string;
  contact_id: string | null;
  contact_name: string;
  company: string | null;
  title: string | null;
  channel: Channel;
  status: MessageStatus;
  subject: string | null;
  text: string;
  /** What it said before somebody changed it. */
  original_text: string | null;
  original_subject: string | null;
  to_address: string;
  sender_name: string;
  /** The member whose own device carries it. */
  carrier_id: string | null;
  owner_id: string | null;
  owner_name: string | null;
  campaign_id: string | null;
  campaign_name: string | null;
  not_before: Instant;
  created_at: Instant;
  approved_at: Instant | null;
  sent_at: Instant | null;
  error_text: string | null;
  reject_reason: string | null;
  /** Counts its changes. */
  revision: number;
  /** How often it was tried since it was approved. */
  tries: number;
  /** The weightiest first; none when it is ready. */
  checks: readonly Check[];
  /** When it would leave; null where something stands in its way for good. */
  send_at: Instant | null;
};
export type DraftCounts = Record<"review" | "held" | "approved" | "failed" | "uncertain", number>;
export type DraftPage = Page<Draft> & { counts: DraftCounts };
export type ApprovedMany = {
  approved: readonly string[];
  refused: readonly { id: string; message: string }[];
};
