import type { Channel } from "./channel.ts";
import type { TargetState } from "./targets.ts";

/** What the search box found, the best first. */
export type Found = {
  contacts: {
    id: string;
    name: string;
    email: string | null;
    phone: string | null;
    company: string | null;
  }[];
  companies: { id: string; name: string; domain: string | null }[];
  /** Whom somebody means to research, and who is no contact yet. */
  targets: { id: string; name: string; company: string | null; state: TargetState }[];
  conversations: {
    id: string;
    contact_id: string | null;
    contact_name: string;
    channel: Channel;
    last_snippet: string;
    last_at: string;
  }[];
  campaigns: { id: string; name: string; status: string }[];
  /** What was looked for instead, since nothing is called what was typed. */
  corrected: string | null;
};
