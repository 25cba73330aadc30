import type { QueryClient } from "@tanstack/react-query";
import { io } from "socket.io-client";
import { createStore } from "~/lib/store.ts";
import { Gatherer, LIVE_EVENTS, type LivePayload, staleAfter } from "./live-map.ts";

export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** How fresh this page is: events arrive, are being waited for, or cannot come. */
export const connection = createStore<Connection>("connecting");

/** After this long without a connection the page says that it is offline, in milliseconds. */
const OFFLINE_AFTER = 5000;

/** How long a handshake may take before the other transport is tried, in milliseconds. */
const HANDSHAKE_MS = 4000;

/** Opens the live connection; the answer closes it. */
export function goLive(client: QueryClient): () => void {
  const socket = io({
    path: "/socket.io/",
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    timeout: HANDSHAKE_MS,
    reconnectionDelayMax: 3000,
  });
  const gatherer = new Gatherer((keys) => {
    for (const queryKey of keys) void client.invalidateQueries({ queryKey: [...queryKey] });
  });
  let away: ReturnType<typeof setTimeout> | null = null;
  let wasLive = false;

  const lost = () => {
    if (connection.get() === "live") connection.set("reconnecting");
    away ??= setTimeout(() => connection.set("offline"), OFFLINE_AFTER);
  };
  socket.on("connect", () => {
    if (away !== null) clearTimeout(away);
    away = null;
    connection.set("live");
    // Whatever happened while we were away is in the database, not in the socket.
    if (wasLive) void client.invalidateQueries();
    wasLive = true;
  });
  socket.on("disconnect", lost);
  socket.on("connect_error", () => {
    lost();
    // A proxy that swallows the upgrade gives no error at once, only silence: start with polling from now on.
    if (!wasLive) socket.io.opts.transports = ["polling", "websocket"];
  });
  lost();
  for (const event of LIVE_EVENTS) {
    socket.on(event, (payload: LivePayload | undefined) => gatherer.add(staleAfter(event, payload ?? {})));
  }
  return () => {
    if (away !== null) clearTimeout(away);
    gatherer.stop();
    socket.disconnect();
  };
}
