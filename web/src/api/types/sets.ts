/** Custom fields of contacts; tags, lists and segments; and the rules that segments are made of. */

import type { Contact } from "./contacts.ts";
import type { Instant } from "./wire.ts";

/** What a field holds. */
export type FieldKind = "text" | "number" | "date" | "choice" | "boolean" | "url";
/** A field that the workspace has added to its contacts; `contacts` is how many have a value. */
export type CustomField = {
  id: string;
  /** By which programs, files and rules name it. */
  key: string;
  name: string;
  kind: FieldKind;
  choices: string[];
  position: number;
  contacts: number;
  created_at: Instant;
};
export type CustomFieldInput = { name: string; kind: FieldKind; choices?: string[] };
/** A tag or a list: a set of which people decide what is in it. */
export type ContactSet = {
  id: string;
  name: string;
  contacts: number;
  created_at: Instant;
  updated_at: Instant;
};
/** A set that a rule decides; while it is not ready, the number still moves. */
export type Segment = ContactSet & { rule: Rule; is_ready: boolean };
/** What can have happened with a message. */
export type Happening = "sent" | "delivered" | "opened" | "clicked" | "replied" | "bounced";
/** How a field is compared. */
export type Op =
  | "is"
  | "is_not"
  | "contains"
  | "starts_with"
  | "more_than"
  | "less_than"
  | "before"
  | "after"
  | "within_days"
  | "exists"
  | "missing";
/** One question about a contact, or several put together. */
export type Rule =
  | { field: string; op: Op; value?: string }
  | { set_id: string }
  | { event: Happening; campaign_id?: string; within_days?: number }
  | { all: Rule[] }
  | { any: Rule[] }
  | { not: Rule };
/** Whom a rule finds: how many, and at most five of them. */
export type Found = { contacts: number; sample: Contact[] };
