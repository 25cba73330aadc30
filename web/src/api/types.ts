/** The shapes of the HTTP API. Instants are RFC 3339 strings; `null` means that it has not happened. */

import type { Visibility } from "./access-types.ts";

export type Instant = string;

export type Channel = "email" | "sms" | "voicemail" | "whatsapp" | "messenger" | "tiktok" | "telegram";
export type Direction = "in" | "out";

export type Page<T> = { data: T[]; next_cursor: string | null };

export type FieldError = { field: string; message: string };
export type ErrorBody = {
  success: false;
  error: { code: number; name: string; message: string; details?: unknown; fields?: FieldError[] };
  timestamp: Instant;
  request_id: string;
};

export type SendMode = "sandbox" | "live";
export type Role = "admin" | "manager" | "rep";
export type Member = { id: string; name: string; email: string; handle: string; role: Role };
export type Workspace = {
  id: string;
  name: string;
  time_zone: string;
  default_country: string;
  send_mode: SendMode;
  sending_stopped: boolean;
};
/** One of the workspaces that this person is a member of. */
export type Place = { id: string; name: string; role: Role; current: boolean };
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

/** The password was right, and a code is asked for before there is a session. */
export type SecondStep = { second_factor: { kinds: ("totp" | "recovery" | "passkey")[]; token: string } };
export const needsSecondStep = (answer: Me | SecondStep): answer is SecondStep => "second_factor" in answer;

/** How I sign in; `google` is null where the installation knows no Google. */
export type TwoStep = {
  on: boolean;
  since: Instant | null;
  recovery_codes_left: number;
  has_password: boolean;
  google: { email: string | null } | null;
  /** Not where this site has no name, only an IP address. */
  passkeys_possible: boolean;
  passkeys: Passkey[];
};
export type Passkey = { id: string; name: string; created_at: Instant; used_at: Instant | null };
/** What to ask a device for; `question` goes back with its answer. */
export type Question<T> = { question: string; options: T };
/** What an authenticator app is told: as text, as an address, and as the dark squares of a QR code. */
export type Enrolment = { secret: string; uri: string; qr: { size: number; path: string } };
export type RecoveryCodes = { recovery_codes: string[] };

export type Session = {
  id: string;
  current: boolean;
  agent: string | null;
  address: string | null;
  created_at: Instant;
  seen_at: Instant;
};
export type Teammate = Member & {
  disabled: boolean;
  you: boolean;
  /** Told to admins. */
  second_factor: boolean | null;
  created_at: Instant;
  seen_at: Instant | null;
};
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
/** One deed; `actor` is null where the product did it by itself, and `fields` are the names of what was sent. */
export type AuditEntry = {
  id: string;
  at: Instant;
  actor: { id: string; name: string } | null;
  action: string;
  subject: string;
  fields: string[];
  address: string | null;
  /** The API key of the program that did it. */
  key_id: string | null;
};
/** What the invited person sees before they accept. */
export type Welcome = {
  workspace: string;
  invited_by: string;
  role: Role;
  email: string | null;
  has_account: boolean;
};

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
export type HourCount = { at: Instant; sent: number; received: number };
export type DayCount = { day: string; sent: number; received: number };
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
export type ContactPage = Page<Contact> & { total?: number };
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

export type ImportField =
  | "email"
  | "phone"
  | "first_name"
  | "last_name"
  | "full_name"
  | "company"
  | "title"
  | "city"
  | "country"
  | "time_zone";
export type ImportColumn = { name: string; samples: string[]; guess: ImportField | null; confidence: number };
export type ImportStatus = "uploaded" | "running" | "completed" | "failed" | "cancelled";
export type OnMatch = "skip" | "fill" | "overwrite";
export type Import = {
  id: string;
  file_name: string;
  bytes: number;
  encoding: string;
  delimiter: string;
  columns: ImportColumn[];
  rows_preview: string[][];
  problem: { message: string } | null;
  status: ImportStatus;
  job_id: string | null;
  progress: number;
  rows_read: number;
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  failed: number;
  suppressed: number;
  rows_per_second: number | null;
  error: string | null;
  rejected_url: string | null;
  causes: { cause: string; count: number }[];
  created_at?: Instant;
};
export type ImportStart = {
  mapping: Record<string, ImportField | "ignore">;
  default_country: string;
  on_match: OnMatch;
};

export type JobStatus = "queued" | "processing" | "completed" | "failed" | "cancelled" | "dead";
export type Job = {
  id: string;
  kind: string;
  status: JobStatus;
  progress: number;
  total: number | null;
  done: number | null;
  result: unknown;
  error: string | null;
  /** The import that it runs, where it runs one. */
  import_id: string | null;
  created_at: Instant;
  started_at: Instant | null;
  completed_at: Instant | null;
};
export type DeadLetter = {
  id: string;
  /** Which door it came through: `twilio.message`, `twilio.status`, `email`. */
  source: string;
  error: string | null;
  received_at: Instant;
  attempts: number;
};

export type NodeType = "stage" | "email_send" | "sms_send" | "wait" | "condition" | "exit";
export type Condition =
  | { field: string; op: "is" | "is_not" | "contains" | "exists" | "missing"; value?: string }
  | { event: string; node?: string | null; happened?: boolean }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };
export type NodeConfig = {
  status?: string | null;
  subject?: string;
  body?: string;
  thread?: boolean;
  seconds?: number;
  reason?: string | null;
};
export type FunnelNode = {
  key: string;
  type: NodeType;
  name: string;
  config?: NodeConfig;
  x: number;
  y: number;
};
export type FunnelEdge = { from: string; to: string; condition?: Condition | null };
export type Graph = { nodes: FunnelNode[]; edges: FunnelEdge[] };
export type FunnelSummary = {
  id: string;
  name: string;
  description: string | null;
  version: number;
  node_count: number;
  channels: Channel[];
};
export type Funnel = FunnelSummary & { graph: Graph };

export type NodeCounts = {
  here: number;
  sent: number;
  delivered: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  queued: number;
  failed: number;
};
export type LiveNode = FunnelNode & NodeCounts;
export type LiveEdge = FunnelEdge & { passed: number };
export type LiveFunnel = { nodes: LiveNode[]; edges: LiveEdge[] };

export type SenderStatus = string;
/** A JSON schema, as far as the accounts of providers use it. */
export type FieldSchema = {
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  default?: unknown;
  $ref?: string;
  oneOf?: { const?: string; description?: string }[];
};
export type AccountSchema = {
  properties?: Record<string, FieldSchema>;
  required?: string[];
  $defs?: Record<string, FieldSchema>;
};
export type Provider = {
  id: string;
  name: string;
  channel: Channel;
  credentials: AccountSchema;
  /** What a mailbox that is read for answers needs; only e-mail has one. */
  mailbox: AccountSchema | null;
};
export type AccountValue = string | number | boolean | null;
/** Stored credentials without their secrets; `saved` names the secrets that are stored. */
export type Account = { fields: Record<string, AccountValue>; saved: string[] };
export type SenderInput = {
  provider?: string;
  address?: string;
  name?: string;
  status?: "active" | "paused";
  credentials?: Record<string, AccountValue>;
  imap?: Record<string, AccountValue> | null;
  rate_per_minute?: number | null;
  daily_cap?: number | null;
};
export type SenderCheck = {
  id: string;
  ok: boolean;
  problem: string | null;
  parts: {
    what: "sandbox" | "account" | "mailbox";
    ok: boolean;
    problem: string | null;
    code: string | null;
  }[];
};
export type Sender = {
  id: string;
  channel: Channel;
  provider: string;
  name: string;
  address: string;
  status: SenderStatus;
  problem: string | null;
  rate_per_minute: number | null;
  daily_cap: number | null;
  sent_today: number;
  queued: number;
  /** Where the provider posts what comes in. */
  webhook_url: string;
  account: Account | null;
  mailbox: Account | null;
};

export type CampaignStatus = "draft" | "scheduled" | "active" | "paused" | "completed" | "archived";
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
  windows?: SendWindow[];
  audience?: AudienceView;
  email_sender_id?: string | null;
  sms_sender_id?: string | null;
};
/** Who a campaign is for, as the server tells it: one of the ways is there. */
export type AudienceView = {
  all?: boolean;
  import_id?: string;
  contact_ids?: string[];
  search?: string;
  status?: string;
};
export type Audience =
  | { all: true }
  | { import_id: string }
  | { contact_ids: string[] }
  | { search?: string; status?: string };
export type CampaignInput = {
  name: string;
  funnel_id: string;
  audience: Audience;
  windows: SendWindow[];
  email_sender_id?: string;
  sms_sender_id?: string;
};
export type CheckLine = {
  code: string;
  state: "ok" | "warn" | "error";
  text: string;
  fix: string | null;
  link: string | null;
};
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
};
export type Why = { code: string; text: string };
export type EnrollmentStatus = "active" | "waiting" | "paused" | "completed" | "exited" | "failed";
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

export type InboxView = "open" | "unread" | "done" | "unmatched" | "uncertain";
export type Conversation = {
  id: string;
  contact_id: string | null;
  contact_name: string | null;
  channel: Channel;
  address: string;
  subject: string | null;
  status: string;
  /** How many messages nobody has read. */
  unread: number;
  last_snippet: string | null;
  last_direction: Direction | null;
  last_at: Instant;
  kind: string | null;
  campaign_id: string | null;
  campaign_name: string | null;
};
export type ConversationPage = Page<Conversation> & { counts?: Record<InboxView, number> };
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
  rules: { max_length: number | null; segments?: number | null; note: string | null };
};
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
  created_at: Instant;
  sent_at: Instant | null;
  delivered_at: Instant | null;
  opened_at: Instant | null;
  clicked_at: Instant | null;
  failed_at: Instant | null;
  error: { code: string | null; class: string; message: string } | null;
  why: Why | null;
  needs_decision: boolean;
  /** By what the other side would know a message in doubt. */
  reference: string | null;
};
export type Decision = "sent" | "resend" | "drop";
export type NewMessage = {
  client_id: string;
  channel: Channel;
  sender_id?: string;
  contact_id?: string;
  to?: string;
  subject?: string;
  text: string;
};

export type Suppression = {
  id: string;
  channel: Channel | "all";
  value: string;
  reason: string | null;
  created_at: Instant;
  in_flight?: number;
};
export type Settings = Workspace & {
  stopped_at: Instant | null;
  stop_reason: string | null;
  visibility: Visibility;
};

/** A program that is told what happens. */
export type Webhook = {
  id: string;
  url: string;
  description: string;
  kinds: string[];
  include_content: boolean;
  active: boolean;
  /** Why the server switched it off. */
  problem: string | null;
  failing_since: Instant | null;
  succeeded_at: Instant | null;
  failed_at: Instant | null;
  pending: number;
  failed: number;
  /** Until then the secret before this one signs as well. */
  old_secret_until: Instant | null;
  created_at: Instant;
};
export type WebhookKind = { kind: string; about: string };
export type WebhookList = Page<Webhook> & { kinds: WebhookKind[] };
/** What is answered once, when a secret is made: it is never shown again. */
export type WebhookWithSecret = Webhook & { secret: string };
export type DeliveryStatus = "pending" | "delivered" | "failed";
export type Delivery = {
  id: string;
  webhook_id: string;
  kind: string;
  status: DeliveryStatus;
  attempt: number;
  answered: number | null;
  due_at: Instant;
  created_at: Instant;
  done_at: Instant | null;
};
export type DeliveryAttempt = {
  number: number;
  at: Instant;
  duration_ms: number;
  answered: number | null;
  answer: string;
  problem: string | null;
};
export type WholeDelivery = Delivery & { request: string; attempts: DeliveryAttempt[] };

/** That somebody was erased: `by` is null where it was done at the command line. */
export type Erasure = {
  id: string;
  at: Instant;
  by: { id: string; name: string } | null;
  contact_id: string;
  /** How much there was of what. */
  erased: Record<string, number>;
};
