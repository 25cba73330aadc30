/** API keys: what a program may do in a member's name. */

import type { Instant } from "./wire.ts";

/** An API key, without the key. */
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
/** What an API key is made from. */
export type NewApiKey = { name: string; scopes: string[]; expires_in_days?: number };
/** What is answered once, when it is made: `key` is never shown again. */
export type MadeApiKey = Pick<ApiKey, "id" | "name" | "prefix" | "scopes" | "expires_at"> & { key: string };
/** One thing that a key can be allowed, with a sentence for each deed that it opens. */
export type KeyScope = { scope: string; about: string[] };
