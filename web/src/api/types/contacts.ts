/** Contacts, what happened with them, and who may not be written to. */

import type { Channel, Direction } from "./channel.ts";
import type { Rule } from "./sets.ts";
import type { Instant, Page } from "./wire.ts";

/** Somebody who can be written to. */
export type Contact = {
  id: string;
  email: string | null;
  phone: string | null;
  first_name: string | null;
  last_name: string | null;
  full_name: string | null;
  company_id: string | null;
  company: string | null;
  title: string | null;
  city: string | null;
  country: string | null;
  time_zone: string | null;
  status: string;
  owner_id: string | null;
  /** Beside `email` and `phone`. */
  addresses: Address[];
  suppressed: string[];
  tags: { id: string; name: string }[];
  /** Values of custom fields by key, always as text: `12.5`, `2026-11-30`, `true`. */
  custom: Record<string, string>;
  /** By the profile that fits best; null while none has scored them. */
  icp_score: number | null;
  created_at: Instant;
  updated_at: Instant;
};
/** What a further address is one of. */
export type AddressKind = "email" | "phone" | "whatsapp" | "messenger" | "telegram" | "tiktok";
/** A further address, by which its contact is known when they write from it. */
export type Address = { kind: AddressKind; value: string; source: string; created_at: Instant };
/** Two contacts that were made one. */
export type Merge = {
  id: string;
  survivor_id: string;
  survivor_name: string;
  other_id: string;
  member_id: string | null;
  at: Instant;
  undone_at: Instant | null;
  /** Null where it cannot be taken back. */
  undo_until: Instant | null;
};
/** Why two contacts may be one person. */
export type DuplicateReason = "phone" | "name_and_domain" | "name_and_company";
/** Contacts that may be one person; of more than ten, the newest ten. */
export type DuplicateGroup = { reason: DuplicateReason; count: number; contacts: Contact[] };
/** What somebody said about being written to on a channel. */
export type Consent = {
  id: string;
  channel: Channel;
  state: "given" | "withdrawn";
  source: string;
  proof: string | null;
  at: Instant;
  expires_at: Instant | null;
  member_name: string | null;
  recorded_at: Instant;
};
/** Everything that a contact said, the newest first, and whether it allows to write now. */
export type Consents = { data: Consent[]; holds: Partial<Record<Channel, boolean>> };
/** What can be changed about a contact; an empty text clears a field. */
export type ContactInput = Partial<
  Pick<
    Contact,
    | "email"
    | "phone"
    | "first_name"
    | "last_name"
    | "company"
    | "title"
    | "city"
    | "country"
    | "time_zone"
    | "status"
  >
> & { custom?: Record<string, string | null> };
/** `total` is how many match in all; with `total_is_capped` there are more. */
export type Total = { total: number; total_is_capped: boolean };
export type ContactPage = Page<Contact> & Total;
/** Something that happened with one contact. */
export type TimelineEntry = {
  id: string;
  at: Instant;
  kind: string;
  text: string;
  channel: Channel | null;
  direction: Direction | null;
  state: string | null;
  conversation_id: string | null;
  campaign_id: string | null;
};
/** Which contacts are meant; several of these narrow together. */
export type AssignWho = {
  all?: true;
  contact_ids?: string[];
  search?: string;
  status?: string;
  import_id?: string;
  campaign_id?: string;
  owner_id?: string;
  set_id?: string;
  rule?: Rule;
};
/** An address that is not written to; `in_flight`: messages that had left before. */
export type Suppression = {
  id: string;
  channel: Channel | "all";
  value: string;
  reason: string | null;
  created_at: Instant;
  in_flight?: number;
};
/** What came of a file of suppressed addresses. */
export type SuppressionsTaken = {
  rows_read: number;
  added: number;
  /** There already; they stay as they are. */
  unchanged: number;
  failed: number;
  /** Queued messages that will not be sent, and those that had left. */
  withdrawn: number;
  in_flight: number;
  /** The first hundred of them. */
  rejected: { place: string; reason: string }[];
  /** The rejected rows as a file, with their reasons. */
  rejected_csv: string | null;
};
