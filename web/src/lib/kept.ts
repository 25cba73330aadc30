/**
 * What was read of the inbox, kept in this browser for when there is no network: of the last 200 conversations, and
 * what stands around them. It belongs to one member in one workspace; whoever signs out, or comes in as somebody else or
 * elsewhere, leaves none of it behind.
 */

import { erase, eraseAll, readAll, readOne, write } from "./device-db.ts";
import { createStore } from "./store.ts";

type Read = { url: string; owner: string; at: number; body: unknown };

/** Of so many conversations it is kept what was read of them. */
export const KEPT_CONVERSATIONS = 200;
/** Of everything else, such as lists with filters, so many answers. */
const KEPT_OTHERS = 100;
/** After so many new answers the old ones are looked through. */
const LOOK_EVERY = 40;

/** What the inbox is made of, and who looks at it. */
const WORTH_KEEPING =
  /^\/api\/(auth\/me|conversations|labels|members|settings|senders|stats|notifications|drafts|snippets|macros|splits|views|assignment|reply-times)([/?]|$)/;
const CONVERSATION = /^\/api\/conversations\/(cnv_[0-9a-z]+)/;

let owner: string | null = null;
let written = 0;
const times = new WeakMap<object, number>();

/** The oldest instant from which something is shown, while the server cannot be reached. */
export const shownSince = createStore<number | null>(null);
/** When the server last answered this page, in milliseconds. */
export const heardAt = createStore<number | null>(null);

/** Whose what is read is from now on. What belongs to somebody else goes. */
export async function keepFor(workspace: string, member: string): Promise<void> {
  const next = `${workspace}/${member}`;
  if (owner === next) return;
  owner = next;
  const others = (await readAll<Read>("reads")).filter((read) => read.owner !== next);
  for (const read of others) await erase("reads", read.url);
}

/** Nobody's any more. */
export async function forgetKept(): Promise<void> {
  owner = null;
  shownSince.set(null);
  await eraseAll("reads");
}

/** Keeps an answer, if it is one that is worth it. */
export async function keep(url: string, body: unknown): Promise<void> {
  heardAt.set(Date.now());
  if (owner === null || !WORTH_KEEPING.test(url)) return;
  await write("reads", { url, owner, at: Date.now(), body });
  written += 1;
  if (written % LOOK_EVERY === 0) await prune();
}

/** What was read at this address, if it is kept for whoever is here. */
export async function recallKept<T>(url: string): Promise<T | null> {
  const read = await readOne<Read>("reads", url);
  if (read === null || (owner !== null && read.owner !== owner)) return null;
  // Before anybody has said who is here, it is whoever was here last: everybody else has left nothing.
  owner ??= read.owner;
  if (typeof read.body === "object" && read.body !== null) times.set(read.body, read.at);
  const { at } = read;
  shownSince.set((now) => (now === null ? at : Math.min(now, at)));
  return read.body as T;
}

/** When an answer that was kept was given; undefined for one from the server. */
export function keptAt(body: object): number | undefined {
  return times.get(body);
}

/** What is kept of an address, for whoever asks whether it is worth reading anew. */
export async function lastRead<T>(url: string): Promise<T | null> {
  const read = await readOne<Read>("reads", url);
  return read && read.owner === owner ? (read.body as T) : null;
}

/** Which reads are too many: those of conversations that were read longest ago, and of everything else. */
export function tooMany(reads: readonly { url: string; at: number }[]): string[] {
  const newestOf = new Map<string, number>();
  for (const { url, at } of reads) {
    const id = CONVERSATION.exec(url)?.[1];
    if (id) newestOf.set(id, Math.max(newestOf.get(id) ?? 0, at));
  }
  const stay = new Set(
    [...newestOf]
      .sort(([, a], [, b]) => b - a)
      .slice(0, KEPT_CONVERSATIONS)
      .map(([id]) => id),
  );
  const others = reads
    .filter(({ url }) => !CONVERSATION.test(url))
    .toSorted((a, b) => b.at - a.at)
    .slice(KEPT_OTHERS);
  const old = reads.filter(({ url }) => {
    const id = CONVERSATION.exec(url)?.[1];
    return id !== undefined && !stay.has(id);
  });
  return [...others, ...old].map(({ url }) => url);
}

async function prune(): Promise<void> {
  for (const url of tooMany(await readAll<Read>("reads"))) await erase("reads", url);
}
