import { recallDraft, rememberDraft } from "~/lib/outbox.ts";
import { createStore } from "~/lib/store.ts";

/** What stands in the composer of each conversation; every key press is kept on this device. */
export const composerTexts = createStore<Readonly<Record<string, string>>>({});

export function composerText(all: Readonly<Record<string, string>>, conversationId: string): string {
  return all[conversationId] ?? recallDraft(conversationId);
}

export function putIntoComposer(conversationId: string, text: string): void {
  rememberDraft(conversationId, text);
  composerTexts.set((now) => ({ ...now, [conversationId]: text }));
}

/** What the composer writes: to the person, or to colleagues alone. */
export type Writing = "reply" | "note";
export const writing = createStore<Writing>("reply");

/** Goes there to write. */
export function writeIn(what: Writing): void {
  const focus = () => document.getElementById(what)?.focus();
  // What is drawn takes the next letters at once; the other field comes with the next frame.
  if (writing.get() === what) focus();
  else {
    writing.set(what);
    requestAnimationFrame(focus);
  }
}
