import type { QueryClient } from "@tanstack/react-query";
import { io, type Socket } from "socket.io-client";
import { connection } from "~/lib/connection.ts";
import { shownSince } from "~/lib/kept.ts";
import { isSignedOut } from "./client.ts";
import { Gatherer, LIVE_EVENTS, type LivePayload, staleAfter } from "./live-map.ts";
import { after, PRESENCE_EVENTS, presence } from "./presence.ts";
import { meQuery } from "./queries.ts";

/** After this long without a connection the page says that it is offline, in milliseconds. */
const OFFLINE_AFTER = 5000;

/** How long a handshake may take before the other transport is tried, in milliseconds. */
const HANDSHAKE_MS = 4000;

/** What the server says to a connection whose cookie opens nothing, and the code it cuts one with. */
const UNAUTHORIZED = "unauthorized";
const SESSION_ENDED = 4401;

function wasSessionEnded(details: unknown): boolean {
  const context = typeof details === "object" && details && "context" in details ? details.context : null;
  return context instanceof CloseEvent && context.code === SESSION_ENDED;
}

/** The longest time between two attempts to come back after the server sent us away, in milliseconds. */
const LONGEST_REST = 30_000;

/** The open connection. */
let current: Socket | null = null;

/** Tells the server something about a conversation; without a connection it is not worth telling later. */
export function say(event: string, conversation: string): void {
  if (current?.connected) current.emit(event, { conversation_id: conversation });
}

/** Opens the live connection; the answer closes it. */
export function goLive(client: QueryClient): () => void {
  const socket = io({
    path: "/socket.io/",
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    timeout: HANDSHAKE_MS,
    reconnectionDelayMax: 3000,
  });
  current = socket;
  const gatherer = new Gatherer((keys) => {
    for (const queryKey of keys) void client.invalidateQueries({ queryKey: [...queryKey] });
  });
  let away: ReturnType<typeof setTimeout> | null = null;
  let comingBack: ReturnType<typeof setTimeout> | null = null;
  let refusals = 0;
  let wasLive = false;
  let closed = false;

  const lost = () => {
    // Hanging up is no loss; another connection may be up already.
    if (closed) return;
    if (connection.get() === "live") connection.set("reconnecting");
    away ??= setTimeout(() => connection.set("offline"), OFFLINE_AFTER);
  };
  socket.on("connect", () => {
    if (away !== null) clearTimeout(away);
    away = null;
    refusals = 0;
    connection.set("live");
    // Whatever happened while we were away is in the database, not in the socket.
    if (wasLive || shownSince.get() !== null) void client.invalidateQueries();
    shownSince.set(null);
    wasLive = true;
  });
  // Sent away: asking who we are renews a session that ran out, or finds that we are signed out.
  const comeBack = () => {
    if (comingBack !== null || closed) return;
    const rest = refusals === 0 ? 0 : Math.min(500 * 2 ** refusals, LONGEST_REST);
    refusals += 1;
    comingBack = setTimeout(async () => {
      try {
        await client.fetchQuery({ ...meQuery, staleTime: 0 });
      } catch (error) {
        if (isSignedOut(error)) return;
      }
      comingBack = null;
      if (!closed) socket.connect();
    }, rest);
  };
  socket.on("disconnect", (reason, details) => {
    lost();
    if (reason === "io server disconnect" || wasSessionEnded(details)) comeBack();
  });
  socket.on("connect_error", (error) => {
    lost();
    if (error.message === UNAUTHORIZED) comeBack();
    // A proxy that swallows the upgrade gives no error at once, only silence: start with polling from now on.
    else if (!wasLive) socket.io.opts.transports = ["polling", "websocket"];
  });
  lost();
  for (const event of LIVE_EVENTS) {
    socket.on(event, (payload: LivePayload | undefined) => gatherer.add(staleAfter(event, payload ?? {})));
  }
  for (const event of PRESENCE_EVENTS) {
    socket.on(event, (payload: { conversation_id?: string; member_id?: string } | undefined) => {
      const { conversation_id: conversation, member_id: member } = payload ?? {};
      if (conversation && member) presence.set((now) => after(now, event, conversation, member, Date.now()));
    });
  }
  return () => {
    closed = true;
    current = null;
    if (away !== null) clearTimeout(away);
    if (comingBack !== null) clearTimeout(comingBack);
    gatherer.stop();
    socket.disconnect();
  };
}
