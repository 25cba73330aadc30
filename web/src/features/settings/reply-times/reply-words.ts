import type { ReplyTimes } from "~/api/types/reply-times.ts";
import { windowText } from "~/components/window-text.ts";
import { clockTime, plural } from "~/lib/format.ts";

/** A span of minutes in words: `4 hours`, `90 minutes`, `1 hour`. */
export function minutesText(minutes: number): string {
  return minutes % 60 === 0 && minutes > 0 ? plural(minutes / 60, "hour") : plural(minutes, "minute");
}

/** A span of milliseconds in words, as long as it needs to be: `40 minutes`, `1 h 20 min`. */
export function waitedText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return plural(minutes, "minute");
  const rest = minutes % 60;
  return rest === 0 ? plural(minutes / 60, "hour") : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** What a workspace wants, in a few sentences, for those who may not change it. */
export function timesText(times: ReplyTimes): string[] {
  if (!times.is_on) return ["Off: nobody is told how long people wait."];
  const hours = times.windows.length === 0 ? "at any hour" : times.windows.map(windowText).join("; ");
  const hot =
    times.hot_minutes === null
      ? []
      : [`Who is interested hears from you within ${minutesText(times.hot_minutes)}.`];
  return [
    `A first answer within ${minutesText(times.first_minutes)}, later ones within ${minutesText(times.later_minutes)}.`,
    ...hot,
    `What counts: ${hours}.`,
  ];
}

/** `Friday 16:30` on a clock; with the date where it is further than six days from `near`. */
export function dayAndTime(at: string, zone: string, near: string): string {
  const isFar = Math.abs(Date.parse(at) - Date.parse(near)) >= 6 * 86_400_000;
  const options: Intl.DateTimeFormatOptions = isFar
    ? { weekday: "long", day: "numeric", month: "long", timeZone: zone }
    : { weekday: "long", timeZone: zone };
  return `${new Intl.DateTimeFormat("en-GB", options).format(Date.parse(at))} ${clockTime(at, zone)}`;
}

/** The next Monday 10:00, Friday 16:30 and Saturday 12:00 after a day, as moments on a clock. */
export function exampleMoments(now: number): string[] {
  const on = (weekday: number, time: string) => {
    const day = new Date(now + 86_400_000);
    while (day.getUTCDay() !== weekday) day.setUTCDate(day.getUTCDate() + 1);
    return `${day.toISOString().slice(0, 10)}T${time}`;
  };
  return [on(1, "10:00"), on(5, "16:30"), on(6, "12:00")];
}
