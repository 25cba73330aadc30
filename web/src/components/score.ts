import { FAMILIES, type Family } from "~/lib/channel.ts";

/** Where the notes of a Score stand: pure geometry. */

export type ScoreEvent = {
  t: number;
  family: Family;
  dir: "out" | "in" | "plan";
  state?: "failed" | "opened" | "uncertain" | null;
};
export type Note = ScoreEvent & { x: number; y: number };

export const LANE = 13;
const TOP = 10;
/** Notes of one lane that would cover each other stand this far apart. */
const SHIFT = 7;

export const laneY = (family: Family): number => TOP + FAMILIES.indexOf(family) * LANE;
export const scoreHeight = TOP * 2 + LANE * (FAMILIES.length - 1);

export type Range = { from: number; until: number };

/** The span to draw: all events and now, with air on both sides and never less than an hour. */
export function rangeOf(events: readonly ScoreEvent[], now: number): Range {
  const times = [...events.map((event) => event.t), now];
  const from = Math.min(...times);
  const until = Math.max(...times);
  const width = Math.max(until - from, 3_600_000);
  return { from: until - width * 1.04, until: until + width * 0.12 };
}

export function placeNotes(events: readonly ScoreEvent[], range: Range, left: number, right: number): Note[] {
  const scale = (right - left) / Math.max(1, range.until - range.from);
  const lastX = new Map<Family, number>();
  return [...events]
    .filter((event) => event.t >= range.from && event.t <= range.until)
    .sort((one, other) => one.t - other.t)
    .map((event) => {
      let x = left + (event.t - range.from) * scale;
      const before = lastX.get(event.family);
      if (before !== undefined && x - before < SHIFT) x = Math.min(right, before + SHIFT);
      lastX.set(event.family, x);
      return { ...event, x, y: laneY(event.family) };
    });
}

/** Bar lines: at most eight round steps of hours, days or weeks. */
export function barLines(range: Range): number[] {
  const HOUR = 3_600_000;
  const steps = [HOUR / 4, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR, 720 * HOUR];
  const step = steps.find((size) => (range.until - range.from) / size <= 10) ?? 2160 * HOUR;
  const lines: number[] = [];
  for (let t = Math.ceil(range.from / step) * step; t <= range.until; t += step) lines.push(t);
  return lines;
}

export function scoreSentence(events: readonly ScoreEvent[]): string {
  const sent = events.filter(
    (event) => event.dir === "out" && event.state !== "failed" && event.state !== "uncertain",
  ).length;
  const received = events.filter((event) => event.dir === "in").length;
  const failed = events.filter((event) => event.state === "failed").length;
  const uncertain = events.filter((event) => event.state === "uncertain").length;
  const planned = events.filter((event) => event.dir === "plan").length;
  const parts = [`${sent} sent`, `${received} received`];
  if (failed > 0) parts.push(`${failed} not sent`);
  if (uncertain > 0) parts.push(`${uncertain} uncertain`);
  if (planned > 0) parts.push(`${planned} planned`);
  return parts.join(", ");
}
