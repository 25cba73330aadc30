import type { Channel } from "~/api/types/channel.ts";
import type { NodeConfig } from "~/api/types/funnels.ts";
import { span, words } from "~/lib/format.ts";
import type { IconName } from "~/ui/sprite.tsx";
import { CONTACT_STATUSES } from "../state-badge.tsx";

/** The table of all kinds of steps. A new kind is one more entry here, and nothing elsewhere. */

type Named = {
  /** Its key in the config. */
  name: string;
  label: string;
  hint?: string;
  /** Shown only where this holds. */
  when?: (config: NodeConfig) => boolean;
};

/** One field of the editor of a step; what is left empty and is `optional` is taken out of the config. */
export type FieldSpec = Named &
  (
    | { as: "line"; tags?: boolean; quiet?: boolean; optional?: boolean; placeholder?: string }
    | { as: "text"; tags?: boolean; meter?: "email" | "sms" | "none"; quiet?: boolean; placeholder?: string }
    | { as: "update" }
    | { as: "webhook" }
    | { as: "span"; optional?: string; start?: number }
    | { as: "wait" }
    | { as: "variants" }
    | { as: "step" }
    | { as: "template" }
    | { as: "check" }
    | { as: "choice"; options: readonly { value: string; label: string }[]; none?: string }
  );

export type Kind = {
  type: string;
  label: string;
  /** What it is for, in the list of what can be added. */
  about: string;
  icon: IconName;
  color: string;
  group: "Messages" | "Timing" | "Actions" | "Ways";
  channel?: Channel;
  /** What it would take that is not there yet: it can be drawn and kept, and no campaign starts with it. */
  lacks?: string;
  /** The config of a new one. */
  defaults: NodeConfig;
  fields: readonly FieldSpec[];
  /** What it does, in one line. */
  summary: (config: NodeConfig) => string;
  /** What may leave it: nothing, the next step, or several ways of which one must be for everybody else. */
  ways: "none" | "next" | "branch";
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A text in one line, with its merge tags as a reader sees them: `[Company]`. */
const plain = (value: unknown): string =>
  text(value)
    .replaceAll(/\{\{\s*(?:contact\.)?([a-z_.]+)[^}]*\}\}/g, (_, field: string) => `[${words(field)}]`)
    .replaceAll(/\s+/g, " ")
    .trim();
const QUIET = "var(--line-control)";

/** Whether somebody looks a message over first. */
const APPROVAL: FieldSpec = {
  as: "choice",
  name: "approval",
  label: "Looked over first",
  none: "As the campaign says",
  options: [
    { value: "ask", label: "Always, in the send queue" },
    { value: "send", label: "Never, it leaves by itself" },
  ],
};

/** A message that is nothing but text. */
const chat = (
  channel: Channel,
  of: Pick<Kind, "label" | "about" | "icon" | "color"> & { type?: string; hint: string },
): Kind => ({
  type: of.type ?? `${channel}_send`,
  label: of.label,
  about: of.about,
  icon: of.icon,
  color: of.color,
  group: "Messages",
  channel,
  defaults: { body: "" },
  fields: [
    {
      as: "text",
      name: "body",
      label: "Text",
      tags: true,
      meter: "none",
      placeholder: "Hi …",
      hint: of.hint,
    },
    APPROVAL,
  ],
  summary: (config) => plain(config.body) || "No text yet",
  ways: "next",
});

/** The day of the event that a campaign invites to. */
export const EVENT_DATE = "event.date";

export type WaitMode = "for" | "until" | "event" | "date";
type WaitKind = { label: string; defaults: NodeConfig; summary: (config: NodeConfig) => string };
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The things that a wait can wait for. */
export const WAITS: Record<WaitMode, WaitKind> = {
  for: {
    label: "for some time",
    defaults: { seconds: 2 * 86_400 },
    summary: ({ seconds }) => (typeof seconds === "number" ? `Waits ${span(seconds)}` : ""),
  },
  until: {
    label: "until a time of the day",
    defaults: { until: "09:00", days: [1, 2, 3, 4, 5] },
    summary: ({ until, days }) => {
      const chosen = Array.isArray(days) ? (days as number[]) : [];
      const names = DAYS.filter((_, at) => chosen.includes(at + 1));
      const run = chosen.join() === "1,2,3,4,5" ? "Mon to Fri" : names.join(", ");
      return `Waits until ${text(until)}${chosen.length === 0 || chosen.length === 7 ? "" : `, ${run}`}`;
    },
  },
  event: {
    label: "until something happens",
    defaults: { event: "opened", timeout_seconds: 3 * 86_400 },
    summary: ({ event, timeout_seconds }) => {
      const most = typeof timeout_seconds === "number" ? `, at most ${span(timeout_seconds)}` : "";
      return `Waits until ${words(text(event)).toLowerCase()}${most}`;
    },
  },
  date: {
    label: "until a date",
    defaults: { date: "", offset_days: 0, at: "09:00", if_past: "go_on", if_none: "go_on" },
    summary: ({ date, offset_days, at }) => {
      const field =
        date === EVENT_DATE
          ? "the day of the event"
          : words(text(date).replace(/^contact\.custom\./, "")).toLowerCase();
      if (field === "") return "Waits for no date yet";
      const days = typeof offset_days === "number" ? offset_days : 0;
      const count = `${Math.abs(days)} ${Math.abs(days) === 1 ? "day" : "days"}`;
      const when = days === 0 ? "" : `${count} ${days < 0 ? "before" : "after"} `;
      return `Waits until ${when}${field}, ${text(at) || "09:00"}`;
    },
  },
};

export const waitMode = (config: NodeConfig): WaitMode =>
  "until" in config ? "until" : "event" in config ? "event" : "date" in config ? "date" : "for";

/** A way of a split, and its share in relation to the others. */
export type Variant = { key: string; weight: number };
export const variantsOf = (config: NodeConfig): readonly Variant[] =>
  Array.isArray(config.variants) ? (config.variants as Variant[]) : [];

/** When one variant of a split has won. */
export type WinnerSetting = {
  sample: number;
  confidence: number;
  answers?: readonly string[];
  answer_hours?: number;
};
export const winnerOf = (config: NodeConfig): WinnerSetting | null =>
  typeof config.winner === "object" && config.winner !== null ? (config.winner as WinnerSetting) : null;

/** What stands before the key of a custom field. */
export const CUSTOM = "contact.custom.";
/** The fields that a step can set; addresses are not among them. */
export const SETTABLE: readonly { value: string; label: string }[] = [
  { value: "contact.first_name", label: "First name" },
  { value: "contact.last_name", label: "Last name" },
  { value: "contact.company", label: "Company" },
  { value: "contact.title", label: "Job title" },
  { value: "contact.city", label: "City" },
  { value: "contact.country", label: "Country" },
  { value: "contact.time_zone", label: "Time zone" },
];
/** The texts that a step sets, by field. */
export const settingsOf = (config: NodeConfig): Readonly<Record<string, string>> =>
  typeof config.set === "object" && config.set !== null
    ? (config.set as Readonly<Record<string, string>>)
    : {};
export const tagsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : [];

export const TASK_KINDS: readonly { value: string; label: string; icon: IconName }[] = [
  { value: "call", label: "Call", icon: "voice" },
  { value: "linkedin", label: "LinkedIn", icon: "social" },
  { value: "review", label: "Review", icon: "eye" },
  { value: "other", label: "Something else", icon: "check" },
];

export const KINDS: readonly Kind[] = [
  {
    type: "email_send",
    label: "Email",
    about: "Writes an e-mail",
    icon: "email",
    color: "var(--ch-email)",
    group: "Messages",
    channel: "email",
    defaults: { subject: "", body: "", thread: false },
    fields: [
      {
        as: "check",
        name: "thread",
        label: "Follow up in the thread of the e-mail before",
      },
      {
        as: "line",
        name: "subject",
        label: "Subject",
        tags: true,
        placeholder: "What it is about",
        hint: "Empty in a follow-up: it takes the subject of the e-mail before.",
        when: (config) => config.thread === true,
      },
      {
        as: "line",
        name: "subject",
        label: "Subject",
        tags: true,
        placeholder: "What it is about",
        when: (config) => config.thread !== true,
      },
      { as: "text", name: "body", label: "Text", tags: true, meter: "email", placeholder: "Hi …" },
      APPROVAL,
    ],
    summary: (config) =>
      plain(config.subject) || (config.thread === true ? "Follow-up in the same thread" : "No subject yet"),
    ways: "next",
  },
  {
    type: "sms_send",
    label: "Text",
    about: "Writes a text message",
    icon: "text",
    color: "var(--ch-text)",
    group: "Messages",
    channel: "sms",
    defaults: { body: "" },
    fields: [
      { as: "text", name: "body", label: "Text", tags: true, meter: "sms", placeholder: "Hi …" },
      APPROVAL,
    ],
    summary: (config) => plain(config.body) || "No text yet",
    ways: "next",
  },
  {
    type: "whatsapp_send",
    label: "WhatsApp",
    about: "Writes on WhatsApp",
    icon: "chat",
    color: "var(--ch-chat)",
    group: "Messages",
    channel: "whatsapp",
    defaults: { body: "", template: { name: "", language: "en_US", values: [] } },
    fields: [
      { as: "template", name: "template", label: "Begin with an approved template" },
      {
        as: "text",
        name: "body",
        label: "Text",
        tags: true,
        meter: "none",
        placeholder: "Hi …",
        hint: "With a template: what it says, for you to read here and in the inbox.",
      },
      APPROVAL,
    ],
    summary: (config) => plain(config.body) || "No text yet",
    ways: "next",
  },
  chat("messenger", {
    label: "Messenger",
    about: "Writes on Messenger to those who wrote to your page",
    icon: "chat",
    color: "var(--ch-chat)",
    hint: "Only people who wrote to your page in the last 24 hours can get it.",
  }),
  chat("tiktok", {
    label: "TikTok",
    about: "Writes on TikTok to those who wrote to you",
    icon: "social",
    color: "var(--ch-social)",
    hint: "Only people who wrote to you in the last 48 hours can get it.",
  }),
  chat("voicemail", {
    type: "voicemail_drop",
    label: "Voicemail",
    about: "Leaves a voice message without ringing",
    icon: "voice",
    color: "var(--ch-voice)",
    hint: "It is spoken. Only who has agreed gets it, between 8:00 and 21:00 where they are.",
  }),
  chat("telegram", {
    label: "Telegram",
    about: "Writes on Telegram from the account of the contact's owner",
    icon: "chat",
    color: "var(--ch-chat)",
    hint: "It waits in the send queue, and leaves from the relayer of whose contact it is.",
  }),
  {
    type: "wait",
    label: "Wait",
    about: "Rests for some time, until a time or a date, or until something happens",
    icon: "clock",
    color: QUIET,
    group: "Timing",
    defaults: { seconds: 2 * 86_400 },
    fields: [{ as: "wait", name: "wait", label: "Waits" }],
    summary: (config) => WAITS[waitMode(config)].summary(config),
    ways: "next",
  },
  {
    type: "task",
    label: "Task",
    about: "Has a person call, look something over, or do anything else, and waits for it",
    icon: "check",
    color: "var(--ch-voice)",
    group: "Actions",
    defaults: { kind: "call", title: "", due_seconds: 86_400 },
    fields: [
      {
        as: "choice",
        name: "kind",
        label: "What is to be done",
        options: TASK_KINDS,
      },
      {
        as: "line",
        name: "title",
        label: "In one line",
        tags: true,
        quiet: true,
        placeholder: "Call {{ contact.first_name }} about the offer",
      },
      {
        as: "text",
        name: "instructions",
        label: "Instructions",
        tags: true,
        quiet: true,
        meter: "none",
        placeholder: "What to say, what to look at",
      },
      {
        as: "span",
        name: "due_seconds",
        label: "Should be done within",
        hint: "Counted from when somebody gets here. It stands under Tasks, for whoever has the contact.",
      },
      {
        as: "span",
        name: "timeout_seconds",
        label: "But they wait no longer than",
        optional: "Go on after some time, done or not",
        start: 3 * 86_400,
        hint: "Whether it was done or skipped can be asked by the ways out.",
      },
    ],
    summary: (config) => plain(config.title) || "Nothing to do yet",
    ways: "next",
  },
  {
    type: "update_contact",
    label: "Update contact",
    about: "Sets fields, tags, status or owner",
    icon: "pencil",
    color: "var(--accent)",
    group: "Actions",
    defaults: {},
    fields: [{ as: "update", name: "set", label: "Changes" }],
    summary: (config) => {
      const known = (field: string) =>
        SETTABLE.find(({ value }) => value === field)?.label ??
        words(field.startsWith(CUSTOM) ? field.slice(CUSTOM.length) : field);
      const parts = [
        ...Object.keys(settingsOf(config)).map((field) => `sets ${known(field).toLowerCase()}`),
        ...tagsOf(config.add_tags).map((tag) => `tag ${tag} on`),
        ...tagsOf(config.remove_tags).map((tag) => `tag ${tag} off`),
        ...(text(config.status) ? [`status ${text(config.status)}`] : []),
        ...(text(config.owner_id) ? ["another owner"] : []),
      ];
      const [first = "", ...rest] = parts;
      return first === ""
        ? "Changes nothing yet"
        : [first[0]?.toUpperCase() + first.slice(1), ...rest].join(", ");
    },
    ways: "next",
  },
  {
    type: "webhook",
    label: "Webhook",
    about: "Tells another program about the contact",
    icon: "globe",
    color: "var(--accent)",
    group: "Actions",
    defaults: {},
    fields: [{ as: "webhook", name: "webhook_id", label: "Tells" }],
    summary: (config) => (text(config.webhook_id) ? "Tells another program" : "Tells nobody yet"),
    ways: "next",
  },
  {
    type: "ai_draft",
    label: "AI draft",
    about: "Has a text drafted for a person to look over",
    icon: "pencil",
    color: "var(--ink-3)",
    group: "Actions",
    lacks: "AI drafts",
    defaults: { instructions: "" },
    fields: [
      {
        as: "text",
        name: "instructions",
        label: "What to write",
        tags: true,
        quiet: true,
        meter: "none",
        placeholder: "Ask what they use today",
      },
    ],
    summary: (config) => plain(config.instructions) || "Nothing to write yet",
    ways: "next",
  },
  {
    type: "enrich",
    label: "Enrich",
    about: "Looks up what is not known of the contact",
    icon: "search",
    color: "var(--ink-3)",
    group: "Actions",
    lacks: "Enrichment",
    defaults: {},
    fields: [],
    summary: () => "Looks up what is missing",
    ways: "next",
  },
  {
    type: "condition",
    label: "Condition",
    about: "Parts those who opened from the rest",
    icon: "split",
    color: "var(--accent)",
    group: "Ways",
    defaults: {},
    fields: [],
    summary: () => "Takes the first way that fits",
    ways: "branch",
  },
  {
    type: "split",
    label: "Split",
    about: "Parts people by chance, to see what works better",
    icon: "split",
    color: "var(--accent)",
    group: "Ways",
    defaults: {
      variants: [
        { key: "a", weight: 1 },
        { key: "b", weight: 1 },
      ],
    },
    fields: [{ as: "variants", name: "variants", label: "Variants" }],
    summary: (config) => {
      const variants = variantsOf(config);
      const all = variants.reduce((sum, { weight }) => sum + weight, 0);
      const share = (weight: number) => (all === 0 ? 0 : Math.round((100 * weight) / all));
      const parts = variants.map(({ key, weight }) => `${key.toUpperCase()} ${share(weight)} %`).join(", ");
      return winnerOf(config) ? `${parts}, until one wins` : parts;
    },
    ways: "branch",
  },
  {
    type: "goto",
    label: "Go to",
    about: "Goes on at another step",
    icon: "link",
    color: QUIET,
    group: "Ways",
    defaults: { node: "" },
    fields: [{ as: "step", name: "node", label: "Go on at" }],
    summary: (config) => (text(config.node) ? "Goes on at another step" : "Leads nowhere yet"),
    ways: "none",
  },
  {
    type: "stage",
    label: "Stage",
    about: "A named place; may set a status",
    icon: "stage",
    color: "var(--ink-3)",
    group: "Ways",
    defaults: {},
    fields: [
      {
        as: "choice",
        name: "status",
        label: "Set the contact's status to",
        none: "Leave it as it is",
        options: CONTACT_STATUSES.map((value) => ({ value, label: value })),
      },
    ],
    summary: (config) =>
      text(config.status) ? `Sets the status to ${text(config.status)}` : "A place to stand",
    ways: "next",
  },
  {
    type: "exit",
    label: "Exit",
    about: "Ends the campaign for this person",
    icon: "flag",
    color: QUIET,
    group: "Ways",
    defaults: {},
    fields: [
      {
        as: "line",
        name: "reason",
        label: "Why",
        optional: true,
        placeholder: "No answer",
        hint: "Stands in the person's history.",
      },
    ],
    summary: (config) => (text(config.reason) ? words(text(config.reason)) : "The way ends here"),
    ways: "none",
  },
];

const BY_TYPE = new Map(KINDS.map((kind) => [kind.type, kind]));

/** The entry of a type. A type that this page does not know yet is shown, moved and kept as it is. */
export function kindOf(type: string): Kind {
  return (
    BY_TYPE.get(type) ?? {
      type,
      label: words(type),
      about: "",
      icon: "question",
      color: QUIET,
      group: "Ways",
      defaults: {},
      fields: [],
      summary: () => "A kind of step that this page cannot edit yet",
      ways: "next",
    }
  );
}

/** Whether somebody gets a message at a step of this type. */
export const isMessage = (type: string): boolean => kindOf(type).channel !== undefined;
