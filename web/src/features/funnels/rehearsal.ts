import { queryOptions } from "@tanstack/react-query";
import { createContext } from "react";
import { post } from "~/api/client.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Graph } from "~/api/types/funnels.ts";
import { plural } from "~/lib/format.ts";
import type { IconName } from "~/ui/sprite.tsx";

/** Rehearsals: a funnel with one person, or many, on a clock of its own. */

export type What =
  | "sent"
  | "later"
  | "skipped"
  | "waits"
  | "status"
  | "opened"
  | "clicked"
  | "replied"
  | "bounced"
  | "changes"
  | "task"
  | "calls"
  | "passes_over"
  | "ends";
export type Entry = {
  at_ms: number;
  what: What;
  node: string | null;
  channel?: Channel;
  to?: string;
  subject?: string;
  text?: string;
  until_ms?: number;
};
export type Story = {
  name: string;
  time_zone: string | null;
  outcome: string;
  at: string | null;
  ended_ms: number;
  entries: Entry[];
};
export type StepCount = {
  node: string;
  reached: number;
  sent: number;
  skipped: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  ended: number;
};
export type Rehearsal = {
  starts_ms: number;
  summary: {
    people: number;
    messages: number;
    outcomes: Record<string, number>;
    steps: StepCount[];
    ways: number[];
    last_ms: number | null;
  };
  stories: Story[];
};

/** What people do, as it is chosen: a few that are thought of first, and how long it takes them. */
export const BEHAVIOURS = [
  { value: "nothing", label: "Nobody answers", all: {} },
  { value: "opens", label: "They open every message", all: { opened: 100 } },
  { value: "clicks", label: "They click a link", all: { clicked: 100 } },
  { value: "replies", label: "They answer the first message", all: { opened: 100, replied: 100 } },
  {
    value: "mixed",
    label: "As people are: 40% open, 8% click, 5% answer, 2% bounce",
    all: { opened: 40, clicked: 8, replied: 5, bounced: 2 },
  },
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number]["value"];

export type Asked = {
  contact: string | null;
  people: number;
  behaviour: Behaviour;
  hours: number;
  office: boolean;
  seed: number;
};

/** Monday to Friday, from nine to five, where each person is. */
const OFFICE = [{ days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" }];

export function requestOf(graph: Graph, asked: Asked): Record<string, unknown> {
  const all = BEHAVIOURS.find(({ value }) => value === asked.behaviour)?.all ?? {};
  return {
    graph,
    ...(asked.contact === null ? { people: asked.people } : { contact_id: asked.contact }),
    ...(asked.office ? { windows: OFFICE } : {}),
    scenario: { all: { ...all, after_seconds: Math.round(asked.hours * 3600) }, seed: asked.seed },
  };
}

export const rehearsalQuery = (graph: Graph, asked: Asked) => {
  const body = requestOf(graph, asked);
  return queryOptions({
    queryKey: ["funnel-simulate", JSON.stringify(body)],
    queryFn: ({ signal }) => post<Rehearsal>("/api/funnels/simulate", body, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
};

/** How it ends, as words and whether it is as meant. */
const OUTCOMES: Readonly<Record<string, { words: string; tone: "good" | "warn" | "bad" | "plain" }>> = {
  finished: { words: "reach the end", tone: "good" },
  replied: { words: "answer, and get nothing more", tone: "good" },
  bounced: { words: "cannot be reached: the address does not work", tone: "bad" },
  missing_value: { words: "are held: a merge tag has no value", tone: "bad" },
  no_consent: { words: "are held: they have not agreed", tone: "warn" },
  suppressed: { words: "must not be written to", tone: "warn" },
  no_address: { words: "have no address for any step", tone: "warn" },
  held: { words: "are held: no hour is a sending hour", tone: "bad" },
  too_long: { words: "go on for longer than two years", tone: "warn" },
  failed: { words: "cannot go on", tone: "bad" },
};

export const outcomeOf = (outcome: string) => OUTCOMES[outcome] ?? { words: outcome, tone: "plain" as const };

export const WHATS: Readonly<Record<What, { words: string; icon: IconName }>> = {
  sent: { words: "gets", icon: "send" },
  later: { words: "has to wait for the sending hours", icon: "clock" },
  skipped: { words: "is skipped", icon: "right" },
  waits: { words: "waits", icon: "clock" },
  status: { words: "becomes", icon: "stage" },
  opened: { words: "is opened", icon: "eye" },
  clicked: { words: "has a link clicked", icon: "cursor" },
  replied: { words: "is answered", icon: "reply" },
  bounced: { words: "comes back", icon: "bounce" },
  changes: { words: "changes the contact", icon: "pencil" },
  task: { words: "is given to somebody to do", icon: "check" },
  calls: { words: "tells a webhook", icon: "link" },
  passes_over: { words: "is passed over: nothing is connected for it", icon: "right" },
  ends: { words: "is done", icon: "check" },
};

const DAY = 86_400_000;

/** The number of a calendar day in a zone. */
function dayNumber(at: number, zone: string | undefined): number {
  // Swedes write a date as machines do: 2026-11-22.
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(at);
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY);
}

/** A story cut into the days of the person's calendar, counted from the first. Days without anything are left out. */
export function daysOf(
  entries: readonly Entry[],
  start: number,
  zone?: string,
): { day: number; entries: Entry[] }[] {
  const first = dayNumber(start, zone);
  const days: { day: number; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const day = dayNumber(entry.at_ms, zone) - first + 1;
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

/** What is said of all in one line. */
export function lengthOf({ starts_ms, summary }: Rehearsal): string {
  const days = Math.ceil(((summary.last_ms ?? starts_ms) - starts_ms) / DAY);
  return `${plural(summary.messages, "message")} to ${plural(summary.people, "person", "people")} ${
    days === 0 ? "at once" : `within ${plural(days, "day")}`
  }`;
}

/** How many got to each step in the rehearsal that is shown, for the steps to say. */
export const ReachedContext = createContext<ReadonlyMap<string, number> | null>(null);
