/** Conversations and their messages. */

import type { CampaignStatus, EnrollmentStatus, Why } from "./campaigns.ts";
import type { Channel, Direction } from "./channel.ts";
import type { Contact } from "./contacts.ts";
import type { JobStatus } from "./jobs.ts";
import type { SenderStatus } from "./senders.ts";
import type { Instant, Page } from "./wire.ts";

/** The lists of the inbox. */
export type InboxView =
  | "open"
  | "mine"
  | "unassigned"
  | "unread"
  | "late"
  | "mentions"
  | "snoozed"
  | "done"
  | "unmatched"
  | "uncertain"
  | "blocked"
  | "all";
/** All messages with one address on one channel, in a list. */
export type Conversation = {
  id: string;
  contact_id: string | null;
  contact_name: string | null;
  channel: Channel;
  address: string;
  subject: string | null;
  status: "open" | "snoozed" | "done";
  /** Who is to answer: who was asked to, else the owner of the contact. */
  assignee_id: string | null;
  assignee_name: string | null;
  snoozed_until: Instant | null;
  /** Where it was split off from. */
  split_from_id: string | null;
  /** Since when the person is blocked. */
  blocked_at: Instant | null;
  /** Since when they wait for an answer, where the workspace keeps reply times. */
  owed_since: Instant | null;
  /** When that answer is due, and since when it is late. */
  due_at: Instant | null;
  late_at: Instant | null;
  label_ids: string[];
  /** How many messages nobody has read. */
  unread: number;
  last_snippet: string | null;
  last_direction: Direction | null;
  last_at: Instant;
  kind: string | null;
  campaign_id: string | null;
  campaign_name: string | null;
  /** Where words were looked for: the newest message that has them; null where the person is called so. */
  found: { message_id: string; text: string; at: Instant } | null;
};
/** `counts` is how many each list of the inbox holds. */
export type ConversationPage = Page<Conversation> & { counts?: Record<InboxView, number> };
/** A conversation with everything that the page about it shows. */
export type ConversationDetail = Conversation & {
  contact: Contact | null;
  campaign: {
    id: string;
    name: string;
    status: CampaignStatus;
    node_name: string | null;
    enrollment_status: EnrollmentStatus | null;
    /** Why it is over, where it is: `replied`, `bounced`, `opted_out`. */
    reason: string | null;
  } | null;
  sender: { id: string; name: string; address: string; channel: Channel; status: SenderStatus } | null;
  rules: Rules;
  /** What was merged into it, the newest first. */
  merged: MergedConversation[];
  /** Whether a note mentions me that I have not seen. */
  mentioned: boolean;
};
/** A conversation that is a part of another one now. */
export type MergedConversation = {
  id: string;
  channel: Channel;
  address: string;
  sender_name: string;
  at: Instant;
};
/** The colours of labels. */
export type LabelColor = "grey" | "plum" | "blue" | "teal" | "green" | "amber" | "red";
/** A word that conversations carry. */
export type Label = {
  id: string;
  name: string;
  color: LabelColor;
  /** How many conversations carry it that are not done. */
  open: number;
  /** How many carry it. */
  conversations: number;
  created_at: Instant;
};
/** What a member said to colleagues in a conversation; it is sent to nobody. */
export type Note = {
  id: string;
  conversation_id: string;
  author_id: string | null;
  author_name: string | null;
  body: string;
  mention_ids: string[];
  created_at: Instant;
};
/** What the channel of a conversation allows now. */
export type Rules = {
  max_length: number | null;
  /** Whether a long text goes out in parts. */
  segments: boolean;
  note: string | null;
  /** Until when an answer may be written; null where that does not end. */
  open_until: string | null;
  /** Why no answer may be written, in words. */
  closed: string | null;
};
/** An answer that a member is typing. */
export type ReplyDraft = {
  conversation_id: string;
  member_id: string;
  member_name: string | null;
  text: string;
  version: number;
  updated_at: Instant;
};
/** How far one message has come. */
export type MessageStatus =
  | "draft"
  | "approved"
  | "rejected"
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "read"
  | "failed"
  | "uncertain"
  | "cancelled"
  | "suppressed"
  | "expired"
  | "received";
/** One message, in or out. */
export type Message = {
  id: string;
  conversation_id: string;
  direction: Direction;
  channel: Channel;
  status: MessageStatus;
  kind: string | null;
  subject: string | null;
  text: string | null;
  html: null;
  from_address: string | null;
  to_address: string | null;
  author_id: string | null;
  author_name: string | null;
  campaign_id: string | null;
  node_key: string | null;
  not_before: Instant;
  /** When a person said that it should leave; null where at once. */
  scheduled_for: Instant | null;
  /** 1 where an answer withdraws it. */
  unless_answered: number;
  created_at: Instant;
  sent_at: Instant | null;
  delivered_at: Instant | null;
  opened_at: Instant | null;
  clicked_at: Instant | null;
  failed_at: Instant | null;
  error: { code: string | null; class: string; message: string } | null;
  why: Why | null;
  needs_decision: boolean;
  /** By what a page knows again what was written in it. */
  client_id: string | null;
  /** By what the other side would know a message in doubt. */
  reference: string | null;
  /** Where a voicemail can be heard, once it was spoken. */
  recording_url: string | null;
};
/** What a person says of a message of which nobody knows whether it left. */
export type Decision = "sent" | "resend" | "drop";
/** Uncertain messages of one campaign and one sender. */
export type UndecidedGroup = {
  campaign_id: string | null;
  campaign_name: string | null;
  sender_id: string;
  sender_address: string;
  channel: Channel;
  messages: number;
};
/** The uncertain messages that only a person can settle. */
export type Undecided = {
  /** What a decision is about; what comes into doubt later is not meant. */
  as_of: string;
  messages: number;
  people: number;
  /** Those that may still be settled without anybody. */
  looked_up: number;
  groups: UndecidedGroup[];
};
/** Which of them. */
export type UndecidedWhich = {
  channel?: Channel;
  sender_id?: string;
  campaign_id?: string;
  by_hand?: boolean;
};
/** What became of a decision about many. */
export type DecidedMany = { job_id: string; status: JobStatus; decided: number; left_alone: number };
/** What a message is made from; `client_id` makes a repeat harmless. */
export type NewMessage = {
  client_id: string;
  channel: Channel;
  sender_id?: string;
  contact_id?: string;
  to?: string;
  subject?: string;
  text: string;
  /** An approved template to send instead of the text, where the platform wants one to begin with. */
  template?: { name: string; language: string; values: string[] };
};
/** How conversations that are nobody's find somebody: by hand, each in their turn, or whoever has the fewest. */
export type AssignmentMode = "off" | "turns" | "load";
export type Assignment = { mode: AssignmentMode; member_ids: string[] };
