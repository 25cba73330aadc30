/** The audit log. */

import type { Instant } from "./wire.ts";

/** One deed; `actor` is null where the product did it by itself, and `fields` are the names of what was sent. */
export type AuditEntry = {
  id: string;
  at: Instant;
  actor: { id: string; name: string } | null;
  action: string;
  subject: string;
  fields: string[];
  address: string | null;
  /** The API key of the program that did it. */
  key_id: string | null;
};
