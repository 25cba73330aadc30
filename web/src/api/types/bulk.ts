/** One action on many contacts at once, and its way back. */

import type { JobStatus } from "./jobs.ts";
import type { Instant } from "./wire.ts";

/** What is done to each of them. */
export type BulkChange =
  | { kind: "add_tag" | "remove_tag"; tag_id: string }
  | { kind: "add_to_list" | "remove_from_list"; list_id: string }
  | { kind: "set_status"; status: string }
  | { kind: "assign"; owner_id: string }
  | { kind: "delete" };
export type BulkUndo = {
  status: "possible" | "running" | "done" | "expired";
  until: Instant;
  /** 0 to 1. */
  progress: number;
  undone: number;
  /** Changed by somebody else since, or gone; of deleted ones: whose address somebody has by now. */
  left_alone: number;
  job_id: string | null;
  at: Instant | null;
};
export type BulkAction = {
  id: string;
  job_id: string;
  owner_id: string | null;
  action: BulkChange;
  /** The name of the tag, list or member; null once it is gone. */
  target: string | null;
  status: JobStatus;
  error: string | null;
  /** 0 to 1. */
  progress: number;
  total: number;
  changed: number;
  /** They were so already. */
  unchanged: number;
  created_at: Instant;
  completed_at: Instant | null;
  /** Null while it is not over, or when it changed nobody. */
  undo: BulkUndo | null;
};
