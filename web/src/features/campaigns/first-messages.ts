import type { SendWindow } from "~/api/types/campaigns.ts";
import type { Holiday } from "~/api/types/workspace.ts";

/** One day of the calendar of first messages. */
export type FirstDay = {
  /** `2027-03-04` */
  day: string;
  messages: number;
  /** The hours in which messages may leave, in words; none where it is closed. */
  hours: readonly string[];
  /** The holiday on which the campaign rests. */
  holiday: string | null;
  /** Before the first day of the forecast. */
  past: boolean;
  /** The day on which the last person has had the first step. */
  last: boolean;
};

const DAY = 86_400_000;
const noon = (day: string) => Date.parse(`${day}T12:00:00Z`);
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
/** Monday is 1 and Sunday 7. */
const weekday = (ms: number) => new Date(ms).getUTCDay() || 7;

/** Most weeks that are drawn: who looks further ahead reads the last day in words. */
export const MOST_WEEKS = 6;

/** Whole weeks from Monday on, from the first day of the forecast to its last, at most [`MOST_WEEKS`]. */
export function firstWeeks(
  forecast: readonly { day: string; messages: number }[],
  {
    today,
    windows,
    holidays,
    ends,
  }: {
    today: string;
    windows: readonly SendWindow[];
    holidays: readonly Holiday[];
    /** Whether the forecast reaches the last person. */
    ends: boolean;
  },
): FirstDay[][] {
  const last = forecast.at(-1)?.day;
  if (last === undefined) return [];
  const planned = new Map(forecast.map(({ day, messages }) => [day, messages]));
  const rests = new Map(holidays.map(({ day, name }) => [day, name]));
  const weeks: FirstDay[][] = [];
  let at = noon(today) - (weekday(noon(today)) - 1) * DAY;
  while (dayOf(at) <= last && weeks.length < MOST_WEEKS) {
    weeks.push(
      Array.from({ length: 7 }, (_, n) => {
        const ms = at + n * DAY;
        const day = dayOf(ms);
        const open = windows.filter((one) => one.days.includes(weekday(ms)));
        const holiday = rests.get(day) ?? null;
        return {
          day,
          messages: planned.get(day) ?? 0,
          hours:
            holiday !== null
              ? []
              : windows.length === 0
                ? ["any hour"]
                : open.map((one) => `${one.from} to ${one.until}`),
          holiday,
          past: day < today,
          last: ends && day === last,
        };
      }),
    );
    at += 7 * DAY;
  }
  return weeks;
}

/** The day on which focus lands after a key: arrows by a day and a week, Home and End within the week. */
export function moved(key: string, at: number, length: number): number | null {
  const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const to =
    key === "Home" ? at - (at % 7) : key === "End" ? at - (at % 7) + 6 : key in by ? at + (by[key] ?? 0) : -1;
  return to >= 0 && to < length ? to : null;
}
