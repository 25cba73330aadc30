/** Accounts at providers, and the addresses that messages leave from. */

import type { Channel } from "./channel.ts";

/** `active`, `paused`, or a word of the server for what is wrong. */
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
/** What an account of a provider is made of; the form is made from it. */
export type AccountSchema = {
  properties?: Record<string, FieldSchema>;
  required?: string[];
  $defs?: Record<string, FieldSchema>;
};
/** A service that messages can leave by. */
export type Provider = {
  id: string;
  name: string;
  channel: Channel;
  credentials: AccountSchema;
  /** What a mailbox that is read for answers needs; only e-mail has one. */
  mailbox: AccountSchema | null;
};
/** One field of an account. */
export type AccountValue = string | number | boolean | null;
/** Stored credentials without their secrets; `saved` names the secrets that are stored. */
export type Account = { fields: Record<string, AccountValue>; saved: string[] };
/** What a sender is made from, or what changes about it. */
export type SenderInput = {
  provider?: string;
  address?: string;
  name?: string;
  status?: "active" | "paused";
  credentials?: Record<string, AccountValue>;
  imap?: Record<string, AccountValue> | null;
  rate_per_minute?: number | null;
  hourly_cap?: number | null;
  daily_cap?: number | null;
  domain_cap?: number | null;
  jitter?: boolean;
  ramp?: Ramp | null;
};
/** What came of trying an account, part by part. */
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
/** Where a template stands at WhatsApp. */
export type Standing = "approved" | "pending" | "rejected" | "paused" | "disabled" | "deleted" | "unknown";
/** Where a value belongs in a template: above the text, in it, or in the link of a button. */
export type TemplatePlace = { part: "header" | "body" | "button"; button?: number; name?: string };
/** A text that WhatsApp was asked to approve. */
export type WhatsappTemplate = {
  account: string;
  name: string;
  language: string;
  category: string;
  standing: Standing;
  reason: string | null;
  quality: string | null;
  layout: {
    header: string | null;
    body: string;
    footer: string | null;
    buttons: readonly string[];
    places: readonly TemplatePlace[];
    lacks: string | null;
  };
  usable: boolean;
  changed_at: string;
};
/** The templates of a workspace, and the accounts that have them. */
export type WhatsappTemplates = {
  data: readonly WhatsappTemplate[];
  accounts: readonly {
    sender_id: string;
    account: string;
    synced_at: string | null;
    problem: string | null;
  }[];
};
/** One thing that DNS says about a domain, in plain words. */
export type DomainFinding = {
  about: "spf" | "dkim" | "dmarc" | "mx";
  grade: "good" | "fair" | "bad" | "unknown";
  text: string;
  found: string[];
  /** What to put into DNS. */
  entry: { name: string; kind: string; value: string } | null;
};
/** What DNS says about the domain of an e-mail sender. */
export type DomainCheck = {
  id: string;
  domain: string;
  ok: boolean;
  /** Whether the sandbox answered, and not the world. */
  sandbox: boolean;
  findings: DomainFinding[];
};
/** A sender whose provider does not answer: nothing is tried until then, or one message is just now. */
export type Resting = {
  state: "resting" | "trying";
  until: string;
  /** What the provider did last, in plain words. */
  reason: string;
  since: string;
  failures: number;
};
/** Access to an account that ends by itself and is renewed before. */
export type SenderAccess = {
  /** `delayed` while the provider cannot renew it, `reauthorise` where it refuses to. */
  state: "renewing" | "delayed" | "reauthorise";
  ends_at: string | null;
  renewed_at: string | null;
  due_at: string;
};
/** How a new mailbox is warmed up: messages on the first day, and how many more on each further one. */
export type Ramp = { start: number; step: number };
/** An address that messages leave from. */
export type Sender = {
  id: string;
  channel: Channel;
  provider: string;
  name: string;
  address: string;
  status: SenderStatus;
  problem: string | null;
  resting: Resting | null;
  rate_per_minute: number | null;
  /** Spread over the hour. */
  hourly_cap: number | null;
  daily_cap: number | null;
  /** To one recipient domain in an hour. */
  domain_cap: number | null;
  /** Whether the pauses between messages differ. */
  jitter: boolean;
  ramp: Ramp | null;
  /** Most messages of today: less than the daily cap while it is warmed up. */
  cap_today: number | null;
  sent_today: number;
  queued: number;
  /** Null where the access lasts, or where nothing renews it. */
  access: SenderAccess | null;
  /** How fast its provider lets it be called, whatever its own limits are; null where none is known. */
  pace: {
    per_second: number;
    burst: number;
    shared_by: string;
    source: string;
    /** How long a call would wait now. */
    wait_ms: number;
  } | null;
  /** Where the provider posts what comes in; null where nothing has to be entered there. */
  webhook_url: string | null;
  /** When the provider last told something. */
  last_event_at: string | null;
  account: Account | null;
  mailbox: Account | null;
  /** How it stands with its Google account; null for other providers. */
  connection: "connected" | "reconnect" | "missing" | null;
  /** When its mailbox was last read to its end. */
  synced_at: string | null;
};
/** The app at Google that asks for consent. */
export type GoogleApp = {
  client_id: string | null;
  base_url: string | null;
  /** What has to be entered at Google as the place to come back to. */
  redirect_url: string;
  /** Live, and not entered yet. */
  needed: boolean;
};
