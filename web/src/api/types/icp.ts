/** Ideal customer profiles: criteria with weights, and who fits how well for which reasons. */

import type { Contact } from "./contacts.ts";
import type { Op } from "./sets.ts";
import type { Instant } from "./wire.ts";

/** A question that is worth points. Any one of its values is enough. */
export type Criterion = { label: string; field: string; op: Op; values: string[]; weight: number };
/** A criterion with what it brought somebody. */
export type Reason = Criterion & { is_met: boolean; points: number };
/** How many contacts have 75 points and more, 50, 25, and less. */
export type Bands = { strong: number; good: number; weak: number; poor: number };
export type IcpProfile = {
  id: string;
  name: string;
  /** Meant where none is named: in the rules of segments. */
  is_default: boolean;
  version: number;
  criteria: Criterion[];
  /** The most points that somebody can have. */
  possible: number;
  /** While not, the numbers still move. */
  is_ready: boolean;
  bands: Bands;
  created_at: Instant;
  updated_at: Instant;
};
/** What criteria would make of the newest contacts. */
export type IcpFound = {
  contacts: number;
  looked_at: number;
  bands: Bands;
  best: { contact: Contact; score: number; reasons: Reason[] }[];
  /** How many meet each criterion, in their order. */
  met: number[];
};
/** How well one contact fits one profile. */
export type Fit = {
  profile_id: string;
  name: string;
  is_default: boolean;
  score: number;
  reasons: Reason[];
  /** Null where it is only now being worked out. */
  since: Instant | null;
  history: { at: Instant; before: number; score: number; reasons: Reason[] }[];
};
