/** Contacts, what happened with them, and who may not be written to. */

import type { Channel, Direction } from "./channel.ts";
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
  suppressed: string[];
  created_at: Instant;
  updated_at: Instant;
};
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
>;
/** `total` is how many match in all. */
export type ContactPage = Page<Contact> & { total?: number };
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
/** Which contacts change hands. */
export type AssignWho = {
  all?: true;
  contact_ids?: string[];
  search?: string;
  status?: string;
  import_id?: string;
  owner_id?: string;
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
