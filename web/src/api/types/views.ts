/** Saved views: what a list showed, under a name. */

import type { Instant } from "./wire.ts";

/** The lists that views are of. */
export type ViewPage = "contacts" | "companies" | "inbox";
export type SavedView = {
  id: string;
  name: string;
  page: ViewPage;
  /** What stands behind the question mark of the list's address. */
  query: string;
  /** Whether everybody in the workspace sees it. */
  is_shared: boolean;
  /** Whether it stands in the rail of those who see it. */
  is_pinned: boolean;
  member_id: string;
  /** Whether the reader may change it. */
  can_change: boolean;
  created_at: Instant;
  updated_at: Instant;
};
export type ViewInput = Pick<SavedView, "name" | "query" | "is_shared" | "is_pinned">;
