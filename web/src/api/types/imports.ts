/** CSV files on their way to contacts. */

import type { Instant } from "./wire.ts";

/** What a column can become. */
export type ImportField =
  | "email"
  | "phone"
  | "first_name"
  | "last_name"
  | "full_name"
  | "company"
  | "title"
  | "city"
  | "country"
  | "time_zone";
/** A column of the file, with what the server takes it for; `confidence` is 0 to 1. */
export type ImportColumn = { name: string; samples: string[]; guess: ImportField | null; confidence: number };
/** How far an import has come. */
export type ImportStatus = "uploaded" | "running" | "completed" | "failed" | "cancelled";
/** What happens to a contact who is known already. */
export type OnMatch = "skip" | "fill" | "overwrite";
/** One file, from its upload to its result. */
export type Import = {
  id: string;
  file_name: string;
  bytes: number;
  encoding: string;
  delimiter: string;
  columns: ImportColumn[];
  rows_preview: string[][];
  problem: { message: string } | null;
  status: ImportStatus;
  job_id: string | null;
  progress: number;
  rows_read: number;
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  failed: number;
  suppressed: number;
  rows_per_second: number | null;
  error: string | null;
  rejected_url: string | null;
  causes: { cause: string; count: number }[];
  created_at?: Instant;
};
/** What the rows of a file are to become. */
export type ImportStart = {
  mapping: Record<string, ImportField | "ignore">;
  default_country: string;
  on_match: OnMatch;
};
