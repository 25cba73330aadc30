import type { Conversation } from "~/api/types/inbox.ts";
import { exactly, plural, when } from "~/lib/format.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From so long before it is due on an answer is said to be due soon. */
const SOON = HOUR;

export type Due = {
  state: "late" | "soon" | "later";
  /** For the bar over a thread. */
  text: string;
  /** For a row of the list; empty where nothing needs to be said yet. */
  short: string;
  /** The instant, for whoever wants to know. */
  exactly: string;
};

/** When an answer is due, in words; null where nobody waits for one. */
export function dueWords({ due_at }: Pick<Conversation, "due_at">, now: number): Due | null {
  if (!due_at) return null;
  const left = Date.parse(due_at) - now;
  const at = `The answer is due ${exactly(due_at)}`;
  if (left <= 0)
    return { state: "late", text: `Late by ${long(-left)}`, short: `late ${brief(-left)}`, exactly: at };
  if (left > SOON) return { state: "later", text: `Answer due ${when(due_at, now)}`, short: "", exactly: at };
  const minutes = Math.ceil(left / MINUTE);
  return { state: "soon", text: `Due in ${minutes} min`, short: `due in ${minutes} min`, exactly: at };
}

function long(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.floor(ms / MINUTE))} min`;
  if (ms < DAY) return plural(Math.floor(ms / HOUR), "hour");
  return plural(Math.floor(ms / DAY), "day");
}

function brief(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.floor(ms / MINUTE))}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}
