import type { Instant } from "./types.ts";

/** The shapes of the HTTP API around who may do and see what. */

/** What a rep sees: `private`, what they own; `shared`, everything. */
export type Visibility = "private" | "shared";

export type ApiKey = {
  id: string;
  name: string;
  /** The public part, by which a key is told from others. */
  prefix: string;
  scopes: string[];
  member_id: string;
  member_name: string;
  yours: boolean;
  created_at: Instant;
  expires_at: Instant | null;
  expired: boolean;
  last_used_at: Instant | null;
};
export type NewApiKey = { name: string; scopes: string[]; expires_in_days?: number };
/** What is answered once, when it is made: `key` is never shown again. */
export type MadeApiKey = Pick<ApiKey, "id" | "name" | "prefix" | "scopes" | "expires_at"> & { key: string };
/** One thing that a key can be allowed, with a sentence for each deed that it opens. */
export type KeyScope = { scope: string; about: string[] };

/** What belongs to one member, in numbers. */
export type MemberTotals = {
  member_id: string;
  contacts: number;
  sent_today: number;
  waiting_replies: number;
};

/** Which contacts change hands. */
export type AssignWho = {
  all?: true;
  contact_ids?: string[];
  search?: string;
  status?: string;
  import_id?: string;
  owner_id?: string;
};
