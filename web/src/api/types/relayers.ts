/** Relayers: the devices that carry messages for a member. */

import type { Instant } from "./wire.ts";

/** The key of one device, without the key. One that is revoked is told no more. */
export type Relayer = {
  id: string;
  name: string;
  /** The public part, by which a key is told from others. */
  prefix: string;
  member_id: string;
  member_name: string;
  yours: boolean;
  created_at: Instant;
  /** To a minute. */
  last_seen_at: Instant | null;
  /** Heard of in the last two minutes. */
  active: boolean;
};
/** What is answered once, when it is made: `key` is never shown again. */
export type MadeRelayer = Pick<Relayer, "id" | "name"> & { key: string; employee_id: string };
/** What a computer trades for its key, once. */
export type PairingCode = { code: string; expires_at: Instant; employee_id: string };
