import type { Channel, Direction } from "~/api/types/channel.ts";
import type { TimelineEntry } from "~/api/types/contacts.ts";
import type { Activity } from "~/api/types/home.ts";
import type { Message } from "~/api/types/inbox.ts";
import { familyOf } from "~/lib/channel.ts";
import type { ScoreEvent } from "./score.ts";

type Fact = {
  at: string;
  kind: string;
  channel: Channel | null;
  conversation_id: string | null;
  direction?: Direction | null;
};

const FAILED = new Set(["failed", "bounced", "suppressed", "cancelled", "expired"]);

/** Facts as notes: what left and what came in stands on the stave, an opening marks the note that was opened. */
function notesOf(facts: readonly Fact[]): ScoreEvent[] {
  const notes: (ScoreEvent & { thread: string | null })[] = [];
  const seen = new Set<string>();
  for (const fact of [...facts].sort((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (!fact.channel) continue;
    const family = familyOf(fact.channel);
    const t = Date.parse(fact.at);
    const thread = fact.conversation_id;
    const kind = fact.kind.replace(/^message[.:]/, "");
    if (kind === "received" || kind === "replied") {
      // One answer may be told as both.
      const name = `${thread}|${fact.at}`;
      if (!seen.has(name)) notes.push({ t, family, dir: "in", thread });
      seen.add(name);
    } else if (kind === "sent") {
      // Doubt that was settled is gone.
      const doubt = notes.findLastIndex((note) => note.state === "uncertain" && note.thread === thread);
      if (doubt >= 0) notes.splice(doubt, 1);
      notes.push({ t, family, dir: "out", thread });
    } else if (kind === "uncertain") notes.push({ t, family, dir: "out", state: "uncertain", thread });
    else if (kind === "queued") notes.push({ t, family, dir: "plan", thread });
    else if (FAILED.has(kind)) notes.push({ t, family, dir: "out", state: "failed", thread });
    else if (kind === "opened" || kind === "read" || kind === "clicked") {
      const last = notes.findLast(
        (note) => note.dir === "out" && note.family === family && note.thread === thread,
      );
      if (last && last.state !== "failed" && last.state !== "uncertain") last.state = "opened";
    }
  }
  // A plan that came true is the note of its message.
  const left = notes.filter((note) => note.dir === "out");
  return notes.filter(
    (note) => note.dir !== "plan" || !left.some((out) => out.family === note.family && out.t >= note.t),
  );
}

export const touchesOf = (entries: readonly TimelineEntry[]): ScoreEvent[] => notesOf(entries);
export const touchesOfActivity = (list: readonly Activity[]): ScoreEvent[] => notesOf(list);

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
    state: stateOf(message),
  }));
}

function stateOf(message: Message): ScoreEvent["state"] {
  if (message.status === "uncertain") return "uncertain";
  if (FAILED.has(message.status)) return "failed";
  return message.opened_at ? "opened" : null;
}
