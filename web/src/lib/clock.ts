import { useEffect, useState, useSyncExternalStore } from "react";

/**
 * The product's clock. In the demo a day may pass in minutes, so "2 minutes ago" is counted on the server's
 * clock, carried on here at its speed.
 */
let anchor = { server: Date.now(), local: Date.now(), speed: 1 };
const listeners = new Set<() => void>();

export function setClock(serverNow: string, speed: number): void {
  const server = Date.parse(serverNow);
  if (!Number.isFinite(server)) return;
  anchor = { server, local: Date.now(), speed: speed > 0 ? speed : 1 };
  tick();
}

/** Milliseconds since the epoch on the product's clock. */
export function now(): number {
  return anchor.server + (Date.now() - anchor.local) * anchor.speed;
}

let shown = now();
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  shown = now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 5000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The clock for display; moves every five seconds. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => shown,
    () => shown,
  );
}

/** The clock of this device: sign-ins happen in real time, whatever the product's clock does. */
export function useWallClock(): number {
  const [shownAt, setShownAt] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setShownAt(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return shownAt;
}
