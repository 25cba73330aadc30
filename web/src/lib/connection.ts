import { createStore } from "./store.ts";

export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** How fresh this page is: events arrive, are being waited for, or cannot come. */
export const connection = createStore<Connection>("connecting");

/** Whether there is no way to the server: this device says so, or nothing has come for some seconds. */
export function isAway(): boolean {
  return !navigator.onLine || connection.get() === "offline";
}
