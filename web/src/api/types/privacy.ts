/** What is left of somebody who was erased. */

import type { Instant } from "./wire.ts";

/** That somebody was erased: `by` is null where it was done at the command line. */
export type Erasure = {
  id: string;
  at: Instant;
  by: { id: string; name: string } | null;
  contact_id: string;
  /** How much there was of what. */
  erased: Record<string, number>;
};
