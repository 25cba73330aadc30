/** The audit log. */

import type { Instant } from "./wire.ts";

/** What a look at the whole log found. */
export type AuditVerification = {
  whole: boolean;
  /** How many lines are sealed, and how many wait for it. */
  lines: number;
  waiting: number;
  /** The last seal; empty where there is none. */
  seal: string;
  problems: string[];
};

/** One deed; `actor` is null where the product did it by itself, and `fields` are the names of what was sent. */
export type AuditEntry = {
  id: string;
  at: Instant;
  actor: { id: string; name: string } | null;
  action: string;
  subject: string;
  fields: string[];
  /** What settings and rights were and are; nothing that is about contacts. */
  changes: { field: string; from: unknown; to: unknown }[];
  address: string | null;
  /** The API key of the program that did it. */
  key_id: string | null;
};
