import { exactDay } from "./format.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function some(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? "" : "s"} ago`;
}

/** When somebody was here last, in words: `just now`, `5 minutes ago`, `3 days ago`, then the date. */
export function seenWords(at: string | null, now: number): string {
  if (at === null) return "never";
  const past = now - Date.parse(at);
  if (past < 2 * MINUTE) return "just now";
  if (past < HOUR) return some(Math.floor(past / MINUTE), "minute");
  if (past < DAY) return some(Math.floor(past / HOUR), "hour");
  if (past < 7 * DAY) return some(Math.floor(past / DAY), "day");
  return `on ${exactDay(at, now)}`;
}

/** How long something is still good: `for 6 days`, `for 3 hours`, `for a few minutes`. */
export function goodFor(until: string, now: number): string {
  const left = Date.parse(until) - now;
  if (left <= 0) return "no longer";
  if (left < HOUR) return "for less than an hour";
  if (left < DAY) return left < 2 * HOUR ? "for an hour" : `for ${Math.floor(left / HOUR)} hours`;
  const days = Math.round(left / DAY);
  return days === 1 ? "for a day" : `for ${days} days`;
}

/** The browser of a session, as far as it is known. */
export function agentWords(agent: string | null): string {
  return agent?.trim() || "Unknown browser";
}
