import { useEffect } from "react";
import type { Message } from "~/api/types/inbox.ts";
import { dropPending, outbox, type Pending } from "~/lib/outbox.ts";
import { useStore } from "~/lib/store.ts";

/**
 * The answers of a conversation that the server has not confirmed. One that stands among the messages is confirmed, even
 * where its own confirmation is still on its way, or was lost with the connection: nobody sees it twice, or sends it again.
 */
export function usePending(conversation: string, messages: readonly Message[]): Pending[] {
  const mine = useStore(outbox).filter((item) => item.conversationId === conversation);
  const there = new Set(messages.map((message) => message.client_id));
  const arrived = mine.filter((item) => there.has(item.clientId)).map((item) => item.clientId);
  const key = arrived.join(" ");
  useEffect(() => {
    for (const id of key.split(" ")) dropPending(id);
  }, [key]);
  return mine.filter((item) => !there.has(item.clientId));
}
