import type { Activity, Message, TimelineEntry } from "~/api/types.ts";
import { familyOf } from "~/lib/channel.ts";
import type { ScoreEvent } from "./score.ts";

const FAILED = new Set(["failed", "bounced", "suppressed", "cancelled", "expired", "uncertain"]);
const OUT_KINDS = new Set(["sent", "message.sent", "queued", "failed", "delivered", "uncertain", "message"]);

/** The touches in a contact's timeline; facts such as "opened" mark the note they belong to. */
export function touchesOf(entries: readonly TimelineEntry[]): ScoreEvent[] {
  const events: ScoreEvent[] = [];
  for (const entry of entries) {
    if (!entry.channel || !entry.direction) continue;
    const t = Date.parse(entry.at);
    if (!Number.isFinite(t)) continue;
    const family = familyOf(entry.channel);
    if (entry.direction === "in") events.push({ t, family, dir: "in" });
    else if (entry.state === "queued" || entry.state === "approved") events.push({ t, family, dir: "plan" });
    else events.push({ t, family, dir: "out", state: stateOf(entry.state ?? "") });
  }
  return events;
}

function stateOf(state: string): ScoreEvent["state"] {
  if (FAILED.has(state)) return "failed";
  return state === "opened" || state === "read" ? "opened" : null;
}

export function touchesOfMessages(messages: readonly Message[]): ScoreEvent[] {
  return messages.map((message) => ({
    t: Date.parse(message.sent_at ?? message.created_at),
    family: familyOf(message.channel),
    dir:
      message.direction === "in"
        ? "in"
        : message.status === "queued" || message.status === "approved"
          ? "plan"
          : "out",
    state: FAILED.has(message.status) ? "failed" : message.opened_at ? "opened" : null,
  }));
}

/** Activity has no direction; what a person did came in, what we did went out. */
export function touchesOfActivity(list: readonly Activity[]): ScoreEvent[] {
  const events: ScoreEvent[] = [];
  for (const item of list) {
    if (!item.channel) continue;
    const kind = item.kind.replace(/^message[.:]/, "");
    const out = OUT_KINDS.has(kind);
    const incoming =
      kind.includes("repl") || kind.includes("receiv") || kind.includes("opt") || kind.includes("unsub");
    if (!out && !incoming && !kind.includes("bounce")) continue;
    events.push({
      t: Date.parse(item.at),
      family: familyOf(item.channel),
      dir: incoming ? "in" : "out",
      state: kind.includes("fail") || kind.includes("bounce") ? "failed" : null,
    });
  }
  return events;
}
