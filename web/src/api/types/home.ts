/** The numbers and news of the home page. */

import type { Channel } from "./channel.ts";
import type { Instant } from "./wire.ts";

/** Something that happened, for the list of news. */
export type Activity = {
  id: string;
  at: Instant;
  kind: string;
  text: string;
  contact_id: string | null;
  contact_name: string | null;
  conversation_id: string | null;
  campaign_id: string | null;
  channel: Channel | null;
};
/** Messages in the hour that begins at `at`. */
export type HourCount = { at: Instant; sent: number; received: number };
/** Messages on one day, `YYYY-MM-DD`, in the zone of the workspace. */
export type DayCount = { day: string; sent: number; received: number };
/** Everything that the home page counts. */
export type Stats = {
  contacts: number;
  campaigns_active: number;
  waiting_replies: number;
  queued: number;
  uncertain: number;
  sent_today: number;
  messaged: number;
  delivered: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  opted_out: number;
  enrolled: number;
  by_hour: HourCount[];
  messages_by_day: DayCount[];
  recent: Activity[];
};
