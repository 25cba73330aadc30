/** Within how much business time answers are wanted. */

import type { SendWindow } from "./campaigns.ts";
import type { Channel } from "./channel.ts";
import type { Instant } from "./wire.ts";

export type ChannelTimes = { channel: Channel; first_minutes: number; later_minutes: number };

export type ReplyTimes = {
  is_on: boolean;
  /** The hours that count; none are all hours. */
  windows: SendWindow[];
  /** Null for the clock of the workspace. */
  time_zone: string | null;
  rests_on_holidays: boolean;
  first_minutes: number;
  later_minutes: number;
  /** Where somebody is interested, if that is sooner. */
  hot_minutes: number | null;
  channels: ChannelTimes[];
};

/** When answers to a message that comes at a moment would be due. */
export type DueThen = {
  came_at: Instant;
  first_due_at: Instant | null;
  later_due_at: Instant | null;
  hot_due_at: Instant | null;
};

/** How well the workspace answered in the last 30 days. */
export type RepliesKept = {
  answered: number;
  in_time: number;
  first: number;
  /** Milliseconds of business time. */
  median_first_ms: number | null;
};
