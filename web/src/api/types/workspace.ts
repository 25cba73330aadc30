/** Where somebody works, and as whom. */

import type { Channel } from "./channel.ts";
import type { Instant } from "./wire.ts";

/** `sandbox`: messages go to the people of the sandbox; `live`: to the real ones. */
export type SendMode = "sandbox" | "live";
/** What a rep sees: `private`, what they own; `shared`, everything. */
export type Visibility = "private" | "shared";
/** What somebody may do; each may what those after it may. */
export type Role = "admin" | "manager" | "rep";
/** A person in this workspace; `handle` is a short name without spaces. */
export type Member = { id: string; name: string; email: string; handle: string; role: Role };
/** The workspace, as every member knows it. */
export type Workspace = {
  id: string;
  name: string;
  time_zone: string;
  default_country: string;
  send_mode: SendMode;
  sending_stopped: boolean;
  /** Sending is stopped because a backup seems to have been restored. */
  sending_restored: boolean;
};
/** What may have left already, where a backup seems to have been restored. */
export type Restored = {
  restored_at: Instant | null;
  why: "behind" | "moved" | "silent" | null;
  /** Nothing that happened after it is known. */
  copied_at: Instant | null;
  messages: { channel: Channel; queued: number; in_doubt: number; can_be_asked: boolean }[];
  /** Who is due for a step. */
  people: number;
};
export type RestoredAnswer = "check" | "continue" | "cancel";
/** The workspace, as its settings page knows it. */
export type Settings = Workspace & {
  stopped_at: Instant | null;
  stop_reason: string | null;
  visibility: Visibility;
  /** Channels on which campaigns write only to those who agreed. */
  consent_channels: Channel[];
  /** Days on which campaigns rest. */
  holidays: Holiday[];
  /** How long an answer can be taken back, in seconds. */
  undo_seconds: number;
  /** When campaigns and senders pause by themselves. */
  thresholds: Thresholds;
  /** When texts keep calling hours in the United States, and whether those of states count. */
  quiet_hours: QuietHours;
};
export type QuietHours = "live" | "always" | "federal";
/** How much of a harm is too much: so many of 10,000 messages, of a sample of at least so many. */
export type Threshold = { most_per_10000: number; sample: number };
export type Thresholds = { bounces: Threshold; complaints: Threshold; opt_outs: Threshold };
export type Holiday = { day: string; name: string };
/** One of the workspaces that this person is a member of. */
export type Place = { id: string; name: string; role: Role; current: boolean };
/** Who asks, and where. */
export type Me = {
  /** `sees_all`: what colleagues own, too. */
  member: Member & { sees_all: boolean };
  workspace: Workspace;
  session: { id: string };
  workspaces: Place[];
  demo: boolean;
  speed: number;
  now: Instant;
};
