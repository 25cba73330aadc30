import { recallJson, remember } from "./storage.ts";

/** How long a tab without locks may hold its turn before the others stop waiting for it, in milliseconds. */
const TURN_MS = 10_000;
const LOOK_AGAIN_MS = 60;

type Turn = { holder: string; until: number };

/** Runs `work` while no other tab of this origin runs a work of the same name. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  // The lib types say that locks are always there; a page without TLS has none.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks) return (await locks.request(name, work)) as T;
  return inTurns(name, work);
}

const rest = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Without locks: a note on this device that says whose turn it is, and until when at the latest. */
async function inTurns<T>(name: string, work: () => Promise<T>): Promise<T> {
  const me = `${Date.now()}-${Math.random()}`;
  const read = () => recallJson<Turn | null>(name, null);
  for (const giveUp = Date.now() + TURN_MS; Date.now() < giveUp; await rest(LOOK_AGAIN_MS)) {
    const turn = read();
    if (turn !== null && turn.until > Date.now()) continue;
    remember(name, JSON.stringify({ holder: me, until: Date.now() + TURN_MS }));
    // Two tabs may have written at once: after a moment both read the same last word.
    await rest(LOOK_AGAIN_MS / 2);
    // A device that remembers nothing cannot keep turns.
    if (read() === null || read()?.holder === me) break;
  }
  try {
    return await work();
  } finally {
    if (read()?.holder === me) remember(name, null);
  }
}
