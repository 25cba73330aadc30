/** Who works here, and who is invited to. */

import type { Instant } from "./wire.ts";
import type { Member, Role } from "./workspace.ts";

/** A member, as the team page knows them. */
export type Teammate = Member & {
  disabled: boolean;
  /** Gets no conversations. */
  away: boolean;
  you: boolean;
  /** Told to admins. */
  second_factor: boolean | null;
  created_at: Instant;
  seen_at: Instant | null;
};
/** A link that nobody has used yet; what it leads to is not told again. */
export type Invitation = {
  id: string;
  email: string | null;
  role: Role;
  invited_by: string;
  created_at: Instant;
  expires_at: Instant;
  expired: boolean;
};
/** What is answered once, when it is made: the link is never shown again. */
export type NewInvitation = {
  id: string;
  url: string;
  email: string | null;
  role: Role;
  expires_at: Instant;
};
/** What the invited person sees before they accept. */
export type Welcome = {
  workspace: string;
  invited_by: string;
  role: Role;
  email: string | null;
  has_account: boolean;
};
/** What belongs to one member, in numbers. */
export type MemberTotals = {
  member_id: string;
  contacts: number;
  sent_today: number;
  waiting_replies: number;
  /** Devices that carry their messages and were heard of in the last two minutes. */
  active_relayers: number;
};
