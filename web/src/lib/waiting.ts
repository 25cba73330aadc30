/**
 * What was done without a network and is still to be sent. Each action has an id that goes with it as its idempotency
 * key, however often it is tried, so that it has its effect once; each is kept in this browser until the server has
 * answered, and belongs to the member who did it.
 */

import { erase, eraseAll, readAll, write } from "./device-db.ts";
import { exclusively } from "./exclusive.ts";
import { createStore } from "./store.ts";

export type Action = {
  id: string;
  /** Where it is posted to, and what. */
  path: string;
  body: unknown;
  /** What it is, in few words: "Reply", "Done". */
  words: string;
  /** What was written, so that it can be read and taken back. */
  text?: string;
  conversationId: string;
  /** Whether its id goes as the idempotency key; an answer has one inside. */
  isKeyed: boolean;
};
export type Waiting = Action & {
  owner: string;
  /** When it was done, in milliseconds. */
  at: number;
  state: "waiting" | "sending" | "refused";
  /** Why the server would not have it. */
  error: string | null;
};

/** An id for a new action. A page without TLS has no `randomUUID`. */
export function newActionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** What came of a try: it was taken, the server is away, or it would not have it. */
export type Outcome = { state: "taken" } | { state: "away" } | { state: "refused"; error: string };

export const waiting = createStore<readonly Waiting[]>([]);
let owner: string | null = null;

const inOrder = (all: readonly Waiting[]) => all.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

/** Shows what waits of a member in a workspace, and nothing of anybody else. */
export async function waitingOf(workspace: string, member: string): Promise<void> {
  const next = `${workspace}/${member}`;
  if (owner === next) return;
  owner = next;
  await look();
}

/** Reads again what waits: another tab may have sent some of it. What this tab alone knows stays. */
async function look(): Promise<void> {
  const kept = (await readAll<Waiting>("actions")).filter((item) => item.owner === owner);
  waiting.set(inOrder(kept.map((item) => (item.state === "sending" ? { ...item, state: "waiting" } : item))));
}

/** Puts an action at the end. False where this browser keeps nothing: then it does not wait. */
export async function putWaiting(action: Action): Promise<boolean> {
  if (owner === null) return false;
  const item: Waiting = { ...action, owner, at: Date.now(), state: "waiting", error: null };
  if (!(await write("actions", item))) return false;
  waiting.set((now) => inOrder([...now.filter((other) => other.id !== item.id), item]));
  return true;
}

/** Takes one back before it was sent. */
export async function withdraw(id: string): Promise<void> {
  waiting.set((now) => now.filter((item) => item.id !== id));
  await erase("actions", id);
}

/** Lets one that was refused wait once more, under a new id: the old one would be refused as it was. */
export async function waitAgain(id: string): Promise<void> {
  const item = waiting.get().find((one) => one.id === id && one.state === "refused");
  if (!item) return;
  const again: Waiting = { ...item, id: newActionId(), state: "waiting", error: null };
  await write("actions", again);
  await erase("actions", id);
  waiting.set((now) => now.map((one) => (one.id === id ? again : one)));
}

async function change(id: string, part: Partial<Waiting>): Promise<void> {
  const item = waiting.get().find((one) => one.id === id);
  if (!item) return;
  const after = { ...item, ...part };
  waiting.set((now) => now.map((one) => (one.id === id ? after : one)));
  await write("actions", after);
}

/** Whoever signs out leaves nothing behind. */
export async function forgetWaiting(): Promise<void> {
  owner = null;
  waiting.set([]);
  await eraseAll("actions");
}

/**
 * Sends what waits, the oldest first, one after the other; one tab at a time. It stops where the server is away, and
 * goes past what it would not have, but not past that in the same conversation: what comes after may have been meant to
 * follow it. Returns how many were taken.
 */
export function sendWaiting(send: (action: Action) => Promise<Outcome>): Promise<number> {
  return exclusively("overture.waiting", async () => {
    await look();
    let taken = 0;
    const stuck = new Set(
      waiting.get().flatMap(({ state, conversationId }) => (state === "refused" ? [conversationId] : [])),
    );
    for (const { id, conversationId } of waiting.get()) {
      const item = waiting.get().find((one) => one.id === id && one.state === "waiting");
      if (!item || stuck.has(conversationId)) continue;
      waiting.set((now) => now.map((one) => (one.id === id ? { ...one, state: "sending" } : one)));
      const outcome = await send(item);
      if (outcome.state === "taken") {
        await withdraw(id);
        taken += 1;
      } else if (outcome.state === "refused") {
        await change(id, { state: "refused", error: outcome.error });
        stuck.add(conversationId);
      } else {
        await change(id, { state: "waiting" });
        break;
      }
    }
    return taken;
  });
}
