/** Campaigns: a run of a funnel, for whom, when, and how it goes. */

import type { Channel } from "./channel.ts";
import type { Rule } from "./sets.ts";
import type { Instant } from "./wire.ts";

/** How far a campaign has come. */
export type CampaignStatus = "draft" | "scheduled" | "active" | "paused" | "completed" | "archived";
/** People and messages of one campaign. */
export type CampaignCounts = {
  enrolled: number;
  active: number;
  waiting: number;
  completed: number;
  exited: number;
  failed: number;
  sent: number;
  delivered: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  opted_out: number;
  queued: number;
  uncertain: number;
};
/** Days are 1 (Monday) to 7 (Sunday); times are wall-clock `HH:MM` where the contact is. */
export type SendWindow = { days: number[]; from: string; until: string };
/** One campaign; what is optional is told only where one is asked for by its id. */
export type Campaign = {
  id: string;
  name: string;
  status: CampaignStatus;
  funnel_id: string | null;
  funnel_name: string | null;
  funnel_version: number | null;
  owner_id: string | null;
  started_at: Instant | null;
  created_at: Instant;
  completed_at: Instant | null;
  counts: CampaignCounts;
  next_due_at: Instant | null;
  problem: string | null;
  /** The version of its steps that newcomers travel. */
  version: number;
  /** Whether its steps are being changed. */
  has_draft: boolean;
  windows?: SendWindow[];
  audience?: AudienceView;
  /** What becomes of a message that comes due too late. */
  lateness: Lateness;
  /** How many came due too late and wait for somebody to say what becomes of them. */
  late: number;
  /** How many of its messages wait for somebody to look them over. */
  to_review: number;
  /** Whether it takes in whoever comes to its segment, list or tag while it runs. */
  continuous: boolean;
  /** Whether it ends for all of a company once one of them has answered. */
  ends_for_company: boolean;
  /** Whether it sends on the workspace's holidays too. */
  on_holidays: boolean;
  /** Most messages a local day, over all its senders. */
  daily_cap: number | null;
  senders: CampaignSender[];
} & CampaignRules;
/** What a campaign asks of people, whom it leaves alone, and what it invites to. */
export type CampaignRules = {
  approval: Approval;
  /** Whether it leaves those alone who are in another campaign that is running. */
  exclusive: boolean;
  /** Days between what another campaign wrote to somebody and its first message. */
  gap_days: number | null;
  event: CampaignEvent | null;
};
/** What can go wrong with a message that is counted. */
export type Harm = "bounced" | "complained" | "opted_out";
export type HarmCount = {
  harm: Harm;
  messages: number;
  most_per_10000: number;
  sample: number;
  is_passed: boolean;
};
/** What went wrong with its messages since somebody last let it go on. */
export type CampaignHealth = {
  since: Instant | null;
  tried: number;
  counts: HarmCount[];
  messages: {
    kind: Harm;
    at: Instant;
    contact_id: string | null;
    contact_name: string | null;
    conversation_id: string | null;
    channel: Channel | null;
    text: string | null;
  }[];
};
/** A reason, and for how many people it holds. */
export type Told = { code: string; text: string; people: number };
/** What became of people whose next step was sent on somebody's word. */
export type ExecuteResult = {
  queued: number;
  to_review: number;
  already: number;
  held: Told[];
  skipped: Told[];
  /** Of the messages that wait to leave: why they cannot at once. */
  waiting: Told[];
};
/** Which messages somebody looks over before they leave. */
export type Approval = "none" | "first" | "all";
/** What a campaign invites to; the time is that of the clock where it takes place. */
export type CampaignEvent = {
  name: string;
  type: "In-Person" | "Virtual";
  date: string;
  time: string | null;
  time_zone: string | null;
  place: string | null;
};
export type Lateness = "skip" | "send" | "ask";
/** An account that a campaign sends from; several on one channel share its people. */
export type CampaignSender = SenderShare & { channel: Channel; assigned: number };
/** An account with its share beside the others on its channel. */
export type SenderShare = { sender_id: string; weight: number };
/** Who a campaign is for, as the server tells it: one of the ways is there. */
export type AudienceView = {
  all?: boolean;
  import_id?: string;
  contact_ids?: string[];
  search?: string;
  status?: string;
  owner_id?: string;
  /** A tag, a list or a segment. */
  set_id?: string;
  rule?: Rule;
};
/** Who a campaign is for, as the server is told it. */
export type Audience =
  | { all: true }
  | { import_id: string }
  | { contact_ids: string[] }
  | { set_id: string }
  | { search?: string; status?: string };
/** What a campaign is made from. */
export type CampaignInput = {
  name: string;
  funnel_id: string;
  audience: Audience;
  windows: SendWindow[];
  on_holidays: boolean;
  lateness: Lateness;
  continuous: boolean;
  ends_for_company: boolean;
  daily_cap: number | null;
  senders: SenderShare[];
} & CampaignRules;
/** One line of the check before a launch. */
export type CheckLine = {
  code: string;
  state: "ok" | "warn" | "error";
  text: string;
  fix: string | null;
  link: string | null;
};
/** What would go wrong if the campaign were started now. */
export type LaunchCheck = {
  ready: boolean;
  lines: CheckLine[];
  audience: {
    total: number;
    suppressed: number;
    no_email: number;
    no_phone: number;
    missing: { field: string; count: number }[];
  };
  finish_at: Instant | null;
  /** How many first messages leave on which day. */
  calendar: { day: string; messages: number }[];
};
/** Why a message has not left, from the same code that decides it. */
export type Why = { code: string; text: string };
/** How far one contact has come in one campaign. */
export type EnrollmentStatus = "active" | "waiting" | "paused" | "completed" | "exited" | "failed";
/** One contact in one campaign. */
export type Person = {
  enrollment_id: string;
  contact_id: string;
  contact_name: string | null;
  email: string | null;
  status: EnrollmentStatus;
  node_key: string | null;
  node_name: string | null;
  due_at: Instant | null;
  reason: string | null;
  why: Why | null;
};
