import { recallJson, remember } from "./storage.ts";
import { createStore } from "./store.ts";

/**
 * Answers that the server has not confirmed yet. Each has an id made here, so that trying again can never send
 * twice, and each is kept on this device, so that no text is lost with the server or the page.
 */
export type Pending = {
  clientId: string;
  conversationId: string;
  text: string;
  at: number;
  state: "sending" | "failed";
  error: string | null;
  /** The last message that its writer has seen. */
  seenId?: string;
  /** When it is to leave instead of now, in words that the server reads. */
  sendAt?: string;
  unlessAnswered?: boolean;
  /** A colleague has answered meanwhile: nothing was sent, and a person decides. */
  overtaken?: boolean;
};

const KEY = "overture.outbox";
const INTERRUPTED = "The page was closed before the server answered. Trying again is safe: it is sent once.";

/** What was under way when the page closed has an unknown end; a person decides to try again. */
export function afterReload(list: readonly Pending[]): Pending[] {
  return list.map((item) =>
    item.state === "sending" ? { ...item, state: "failed", error: INTERRUPTED } : item,
  );
}

export const outbox = createStore<readonly Pending[]>(afterReload(recallJson<Pending[]>(KEY, [])));

outbox.subscribe(() => remember(KEY, outbox.get().length === 0 ? null : JSON.stringify(outbox.get())));

export function putPending(item: Pending): void {
  outbox.set((now) => [...now.filter((other) => other.clientId !== item.clientId), item]);
}

export function failPending(clientId: string, error: string, overtaken = false): void {
  outbox.set((now) =>
    now.map((item) =>
      item.clientId === clientId
        ? { ...item, state: "failed", error, ...(overtaken ? { overtaken } : {}) }
        : item,
    ),
  );
}

export function dropPending(clientId: string): void {
  outbox.set((now) => now.filter((item) => item.clientId !== clientId));
}

const draftKey = (conversationId: string): string => `overture.draft.${conversationId}`;

/** What was typed into a conversation and not sent. */
export function recallDraft(conversationId: string): string {
  return recallJson<string>(draftKey(conversationId), "");
}

export function rememberDraft(conversationId: string, text: string): void {
  remember(draftKey(conversationId), text === "" ? null : JSON.stringify(text));
}
