import type { QueryClient } from "@tanstack/react-query";
import { isAway } from "~/lib/connection.ts";
import { type Action, type Outcome, putWaiting, sendWaiting } from "~/lib/waiting.ts";
import { isSignedOut, isTransient, postAs } from "./client.ts";
import { ApiError, messageOf } from "./errors.ts";

/** Does it now, or lets it wait for the connection; null where it waits. */
export async function postOrWait<T>(action: Action): Promise<T | null> {
  try {
    return await postAs<T>(keyOf(action), action.path, action.body);
  } catch (error) {
    const unanswered = error instanceof ApiError && error.isOffline;
    if (unanswered && isAway() && (await putWaiting(action))) return null;
    throw error;
  }
}

const keyOf = ({ id, isKeyed }: Action) => (isKeyed ? id : undefined);

/** Sends what waits. What it changed is read again. */
export async function flushWaiting(client: QueryClient): Promise<number> {
  const taken = await sendWaiting(send);
  if (taken > 0) await client.invalidateQueries();
  return taken;
}

async function send(action: Action): Promise<Outcome> {
  try {
    await postAs(keyOf(action), action.path, action.body);
    return { state: "taken" };
  } catch (error) {
    if (isTransient(error) || isSignedOut(error)) return { state: "away" };
    return { state: "refused", error: messageOf(error) };
  }
}
