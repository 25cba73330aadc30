/** Files on their way to contacts. */

import type { Channel } from "./channel.ts";
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
/** What a column is to become: a field, `custom.` with the key of a custom field, or nothing. */
export type ImportTarget = ImportField | `custom.${string}` | "ignore";
/** What a file was; whatever it was, its rows are read as CSV. */
export type ImportFormat = "csv" | "xlsx" | "vcard";
/** How far an import has come. */
export type ImportStatus = "uploaded" | "running" | "completed" | "failed" | "cancelled";
/** What happens to a contact who is known already. */
export type OnMatch = "skip" | "fill" | "overwrite";
/** What finds the contact of a row. */
export type MatchBy = "email_then_phone" | "email" | "phone";
/** What happens to a row that does not have it, where that is one field alone. */
export type WithoutKey = "create" | "reject";
/** What the people of a file agreed to. */
export type ImportConsent = { channels: Channel[]; source: string; at?: Instant | null };
/** Whether an import can be taken back: within 30 days of its end, and once. */
export type UndoStatus = "possible" | "running" | "done" | "expired";
/** What taking an import back has done so far. */
export type ImportUndo = {
  status: UndoStatus;
  until: Instant;
  /** 0 to 1 while it runs. */
  progress: number;
  /** Contacts that the import had made and that are gone. */
  removed: number;
  /** Contacts that have their earlier values back. */
  restored: number;
  /** Left alone: somebody has changed them since. */
  edited: number;
  /** Left alone: in a campaign, or there are messages with them. */
  in_use: number;
  /** When somebody asked for it. */
  at: Instant | null;
};
/** What a check was asked. */
export type CheckAsked = {
  mapping: Record<string, ImportTarget>;
  default_country: string | null;
  match_by: MatchBy;
  without_key: WithoutKey;
  on_match: OnMatch;
  on_match_columns: Record<string, OnMatch>;
  leave_out: string[];
};
/** Rows that would be rejected for one reason. */
export type CheckCause = {
  cause: string;
  /** For programs: `phone.invalid`, `row.no_address`. */
  code: string;
  /** Nothing where it is about the whole row. */
  column: string | null;
  count: number;
  /** Where it stands, `Row 7`, and what. */
  examples: { place: string; value: string }[];
};
/** What the import would do, by the numbers that it will have. */
export type CheckFound = {
  rows_read: number;
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  failed: number;
  suppressed: number;
  duplicates: number;
  left_out: number;
  causes: CheckCause[];
};
/** The check of a file over all its rows. */
export type ImportCheck = {
  status: "running" | "done" | "failed" | "cancelled";
  /** 0 to 1 while it runs. */
  progress: number;
  asked: CheckAsked;
  found: CheckFound | null;
  error: string | null;
};
/** One file, from its upload to its result. */
export type Import = {
  id: string;
  file_name: string;
  bytes: number;
  format: ImportFormat;
  /** The sheet of a workbook that is read, and those that are not hidden. */
  sheet: string | null;
  sheets: string[];
  /** What was left out of the file, or may surprise; sentences. */
  notes: string[];
  encoding: string;
  delimiter: string;
  columns: ImportColumn[];
  rows_preview: string[][];
  problem: { message: string } | null;
  status: ImportStatus;
  job_id: string | null;
  progress: number;
  /** Rows of the file below its header. */
  total: number;
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
  /** What its contacts got; none before its start. */
  tags: { id: string; name: string }[];
  /** The list that they were put on. */
  list: { id: string; name: string } | null;
  /** Whom the new ones were given to, in turn; nobody: who imported. */
  owners: { id: string; name: string }[];
  /** What its contacts agreed to. */
  consent: ImportConsent | null;
  /** Nothing before somebody asks, and once the import has been started. */
  check: ImportCheck | null;
  /** Nothing while it is not over, or where it wrote nothing. */
  undo: ImportUndo | null;
  created_at?: Instant;
};
/** What the rows of a file are to become. */
export type ImportStart = {
  mapping: Record<string, ImportTarget>;
  default_country: string;
  match_by: MatchBy;
  without_key: WithoutKey;
  on_match: OnMatch;
  /** What happens instead with the values of single columns. */
  on_match_columns: Record<string, OnMatch>;
  /** Columns whose values are left out where they cannot be used, instead of refusing their rows. */
  leave_out: string[];
  /** Names; those that are not there yet are made. */
  tags: string[];
  list_id: string | null;
  /** Whom new contacts are given to, in turn; nobody: who imports. */
  owner_ids: string[];
  consent: ImportConsent | null;
};
/** What the columns of a file could become: as such a file was used last, or by a saved mapping. */
export type FittingMapping = {
  id: string;
  /** Nothing for how such a file was used last. */
  name: string | null;
  used_at: Instant;
  /** It was made with exactly these columns. */
  is_same_header: boolean;
  mapping: Record<string, ImportTarget>;
  default_country: string | null;
  match_by: MatchBy;
  without_key: WithoutKey;
  on_match: OnMatch;
  on_match_columns: Record<string, OnMatch>;
  leave_out: string[];
  tags: string[];
  list_id: string | null;
  /** What is gone since, and what is not in the file; sentences. */
  notes: string[];
};
