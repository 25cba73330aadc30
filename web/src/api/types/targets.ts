/** People and accounts that a rep means to research. */

import type { Contact } from "./contacts.ts";
import type { Instant, Page } from "./wire.ts";

export type TargetState = "to_research" | "researching" | "ready" | "approached" | "dropped";
export type Target = {
  id: string;
  owner_id: string | null;
  name: string;
  company: string | null;
  title: string | null;
  email: string | null;
  telegram: string | null;
  /** Without `@`. */
  x: string | null;
  url: string | null;
  notes: string | null;
  state: TargetState;
  /** What it became. */
  contact_id: string | null;
  created_at: Instant;
  updated_at: Instant;
};
/** What can be written about a target; an empty text clears a field. */
export type TargetInput = Partial<
  Pick<Target, "name" | "company" | "title" | "email" | "telegram" | "x" | "url" | "notes" | "state">
>;
/** `counts` is how many there are in each state, whatever state was asked for. */
export type TargetPage = Page<Target> & { counts: Record<TargetState, number> };
export type Converted = { target: Target; contact: Contact };
