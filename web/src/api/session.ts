import { exclusively } from "~/lib/exclusive.ts";
import { recall, remember } from "~/lib/storage.ts";

/**
 * Renewing a session that ran out. Its refresh token is good once, so of all requests in all tabs that found
 * the session expired one renews it, and the others only try again.
 */
const KEY = "overture.renewed";
let own = "";
let renewing: Promise<boolean> | null = null;

/** Another value after each renewal, by this tab or another one; read it before a request is made. */
export function sessionStamp(): string {
  return recall(KEY) ?? own;
}

/** The session is new: what other tabs were refused for the old one is worth another try. */
export function stampSession(): void {
  own = `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
  remember(KEY, own);
}

/**
 * Whether there is a good session again. `since` is the stamp from before the request that was refused;
 * `ask` tells whether the server gave a new session, and throws where it could not be asked.
 */
export function renewSession(since: string, ask: () => Promise<boolean>): Promise<boolean> {
  if (sessionStamp() !== since) return Promise.resolve(true);
  renewing ??= exclusively("overture.session", async () => {
    if (sessionStamp() !== since) return true;
    const renewed = await ask();
    if (renewed) stampSession();
    return renewed;
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}
