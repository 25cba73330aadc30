import { useEffect, useState } from "react";

/** Whole seconds left until `until` (milliseconds since the epoch); 0 when it is over. */
export function useSecondsLeft(until: number): number {
  const [, tick] = useState(0);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const over = left === 0;
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => tick((now) => now + 1), 250);
    return () => clearInterval(timer);
  }, [over]);
  return left;
}

/** The server's words with the seconds that are left now: they are the last number in it, or are added. */
export function countedDown(words: string, left: number): string {
  const named = /\d+(?= seconds?\b)/;
  if (named.test(words)) return words.replace(named, String(left)).replace(/\b1 seconds/, "1 second");
  return `${words.replace(/\.$/, "")}. Try again in ${left} ${left === 1 ? "second" : "seconds"}`;
}
