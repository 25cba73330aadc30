/** Work in the background, and what came in and could not be understood. */

import type { Instant } from "./wire.ts";

/** `dead`: tried too often, and left alone. */
export type JobStatus = "queued" | "processing" | "completed" | "failed" | "cancelled" | "dead";
/** One piece of work in the background. */
export type Job = {
  id: string;
  kind: string;
  status: JobStatus;
  progress: number;
  total: number | null;
  done: number | null;
  result: unknown;
  error: string | null;
  /** The import that it runs, where it runs one. */
  import_id: string | null;
  /** The action on many contacts that it does or undoes. */
  bulk_action_id: string | null;
  /** The campaign whose step it sends. */
  campaign_id: string | null;
  created_at: Instant;
  started_at: Instant | null;
  completed_at: Instant | null;
};
/** Something that came in and could not be understood; it can be tried again. */
export type DeadLetter = {
  id: string;
  /** Which door it came through: `twilio.message`, `twilio.status`, `email`. */
  source: string;
  error: string | null;
  received_at: Instant;
  attempts: number;
};
