import { createStore } from "~/lib/store.ts";

/** Who looks at which conversation and who writes there, as colleagues' pages tell it; what is not told again ends. */

/** Until when each holds, in milliseconds of this machine. */
type Seen = { viewing: number; typing: number };
export type Presence = Readonly<Record<string, Readonly<Record<string, Seen>>>>;

export const presence = createStore<Presence>({});

/** A page says every 20 seconds that it is looked at; twice missed, nobody is there. */
export const BEAT_MS = 20_000;
const VIEWING_MS = 45_000;
/** Said every 3 seconds while somebody types. */
export const TYPING_EVERY_MS = 3_000;
const TYPING_MS = 6_000;

export type PresenceEvent = "presence:viewing" | "presence:left" | "presence:typing" | "presence:paused";
export const PRESENCE_EVENTS: readonly PresenceEvent[] = [
  "presence:viewing",
  "presence:left",
  "presence:typing",
  "presence:paused",
];

/** What is known after an event. */
export function after(
  now: Presence,
  event: PresenceEvent,
  conversation: string,
  member: string,
  at: number,
): Presence {
  const there = now[conversation] ?? {};
  const before = there[member] ?? { viewing: 0, typing: 0 };
  if (event === "presence:left") {
    const { [member]: _, ...others } = there;
    return { ...now, [conversation]: others };
  }
  const seen = {
    viewing: at + VIEWING_MS,
    typing: event === "presence:typing" ? at + TYPING_MS : event === "presence:paused" ? 0 : before.typing,
  };
  return { ...now, [conversation]: { ...there, [member]: seen } };
}

/** Who is in a conversation at an instant, and who of them types. */
export function present(
  now: Presence,
  conversation: string,
  at: number,
): { viewing: string[]; typing: string[] } {
  const there = Object.entries(now[conversation] ?? {}).filter(([, seen]) => seen.viewing > at);
  return {
    viewing: there.map(([member]) => member),
    typing: there.filter(([, seen]) => seen.typing > at).map(([member]) => member),
  };
}
