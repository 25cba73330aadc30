/** What people are to do in campaigns. */

import type { Instant, Page } from "./wire.ts";

export type TaskKind = "call" | "linkedin" | "review" | "other";
export type Task = {
  id: string;
  kind: TaskKind;
  title: string;
  instructions: string;
  due_at: Instant;
  /** When its contact goes on without it. */
  until_at: Instant | null;
  status: "open" | "done" | "skipped";
  contact_id: string;
  contact_name: string;
  company: string | null;
  phone: string | null;
  email: string | null;
  owner_id: string | null;
  campaign_id: string;
  campaign_name: string;
  done_at: Instant | null;
  created_at: Instant;
};
/** `open` is how many are to be done in all, `due` how many of these should have been done. */
export type TaskPage = Page<Task> & { open: number; due: number };
