import type { Relayer } from "~/api/types/relayers.ts";
import { seenWords } from "~/lib/seen.ts";
import type { Tone } from "~/ui/badge.tsx";

/** For so long the server calls a device active after its last heartbeat, and its answer is good no longer. */
const FRESH_MS = 120_000;

/** How a device is, where the server was asked `age` milliseconds ago. */
export function stateOf(
  { active, last_seen_at }: Pick<Relayer, "active" | "last_seen_at">,
  age: number,
): { tone: Tone; text: string } {
  if (last_seen_at === null) return { tone: "info", text: "Not connected yet" };
  return isAtWork({ active }, age) ? { tone: "good", text: "At work" } : { tone: "plain", text: "Quiet" };
}

/** Whether it is heard of now; what was true when the network went is not claimed for ever. */
export const isAtWork = ({ active }: Pick<Relayer, "active">, age: number): boolean =>
  active && age < FRESH_MS;

/** When it was last heard of: `Seen 5 minutes ago`. */
export const seenText = (at: string | null, now: number): string =>
  at === null ? "Never seen" : `Seen ${seenWords(at, now)}`;

/** What shows in a terminal that the key of a device is good. */
export const heartbeatCommand = (origin: string, key: string, employee: string): string =>
  [
    `curl -X POST ${origin}/api/relayer/heartbeat`,
    `-H "X-Relayer-API-Key: ${key}"`,
    `-H "X-Employee-ID: ${employee}"`,
  ].join(" \\\n  ");
