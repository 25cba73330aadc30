import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { get, post } from "~/api/client.ts";
import { pushQuery } from "~/api/notification-queries.ts";
import { conversationQuery, conversationsQuery, messagesQuery } from "~/api/queries.ts";
import type { ConversationDetail, ConversationPage } from "~/api/types/inbox.ts";
import { flushWaiting } from "~/api/waiting.ts";
import { useMe } from "~/components/me.ts";
import { connection } from "~/lib/connection.ts";
import { KEPT_CONVERSATIONS, lastRead } from "~/lib/kept.ts";
import { pushAbility, subscribe } from "~/lib/push.ts";
import { recall } from "~/lib/storage.ts";
import { useStore } from "~/lib/store.ts";
import { hasWorker } from "~/lib/worker.ts";

/** How long the page is left to its reader before conversations are read ahead, and between two of them. */
const READ_AHEAD_AFTER_MS = 15_000;
const BETWEEN_MS = 400;

/** What belongs to being away and coming back: what waits is sent, the newest conversations are kept, push goes on. */
export function useOffline(): void {
  const { email } = useMe().member;
  const client = useQueryClient();
  const state = useStore(connection);
  useEffect(() => {
    if (state !== "live") return;
    void flushWaiting(client);
    void keepPush(client, email);
    const stop = new AbortController();
    const begin = setTimeout(() => void readAhead(client, stop.signal), READ_AHEAD_AFTER_MS);
    return () => {
      clearTimeout(begin);
      stop.abort();
    };
  }, [client, state, email]);
  useEffect(() => {
    const back = () => void flushWaiting(client);
    window.addEventListener("online", back);
    return () => window.removeEventListener("online", back);
  }, [client]);
}

/** A browser in which its reader switched push on stays so through a new session or a new key. */
async function keepPush(client: QueryClient, email: string): Promise<void> {
  if (recall("overture.push") !== email || pushAbility() !== "yes" || Notification.permission !== "granted")
    return;
  try {
    const standing = await client.fetchQuery(pushQuery);
    if (standing.here) return;
    const made = await subscribe(standing.public_key);
    if (made) client.setQueryData(pushQuery.queryKey, await post("/api/push", made));
  } catch (error) {
    console.warn("Push could not be kept on in this browser.", error);
  }
}

const rest = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Reads the newest conversations, one after the other, where something happened since they were read last. */
async function readAhead(client: QueryClient, signal: AbortSignal): Promise<void> {
  if (!hasWorker() || document.visibilityState !== "visible") return;
  try {
    // The list as the inbox asks for it, so that it is there without a network.
    await client.prefetchInfiniteQuery(conversationsQuery("open"));
    const page = await get<ConversationPage>(
      "/api/conversations",
      { view: "all", limit: KEPT_CONVERSATIONS },
      signal,
    );
    for (const { id, last_at } of page.data) {
      const read = await lastRead<ConversationDetail>(`/api/conversations/${id}`);
      if (read?.last_at === last_at) continue;
      if (signal.aborted) return;
      // They are kept in this browser as they come; the page itself needs not hold them.
      await client.fetchQuery({ ...conversationQuery(id), gcTime: 0 });
      await client.fetchInfiniteQuery({ ...messagesQuery(id), gcTime: 0 });
      await rest(BETWEEN_MS);
    }
  } catch {
    // It is tried again when the connection is back.
  }
}
