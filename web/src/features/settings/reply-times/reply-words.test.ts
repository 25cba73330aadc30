import { expect, it } from "vitest";
import type { ReplyTimes } from "~/api/types/reply-times.ts";
import { dayAndTime, exampleMoments, minutesText, timesText, waitedText } from "./reply-words.ts";

const TIMES: ReplyTimes = {
  is_on: true,
  windows: [{ days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" }],
  time_zone: null,
  rests_on_holidays: true,
  first_minutes: 240,
  later_minutes: 480,
  hot_minutes: null,
  channels: [],
};

it("says spans as people do", () => {
  expect([1, 60, 90, 240].map(minutesText)).toEqual(["1 minute", "1 hour", "90 minutes", "4 hours"]);
  expect([0, 40, 60, 80, 120].map((minutes) => waitedText(minutes * 60_000))).toEqual([
    "0 minutes",
    "40 minutes",
    "1 hour",
    "1 h 20 min",
    "2 hours",
  ]);
});

it("says what is wanted", () => {
  expect(timesText({ ...TIMES, is_on: false })).toEqual(["Off: nobody is told how long people wait."]);
  expect(timesText({ ...TIMES, hot_minutes: 30 })).toEqual([
    "A first answer within 4 hours, later ones within 8 hours.",
    "Who is interested hears from you within 30 minutes.",
    "What counts: Mon to Fri, 09:00 to 17:00.",
  ]);
  expect(timesText({ ...TIMES, windows: [] })).toContain("What counts: at any hour.");
});

it("names a day by its date only where it is far", () => {
  const came = "2026-11-27T15:30:00Z";
  expect(dayAndTime(came, "Europe/Oslo", came)).toBe("Friday 16:30");
  expect(dayAndTime("2026-11-30T10:30:00Z", "Europe/Oslo", came)).toBe("Monday 11:30");
  expect(dayAndTime("2026-12-07T10:30:00Z", "Europe/Oslo", came)).toBe("Monday 7 December 11:30");
});

it("takes the days of the coming week as examples", () => {
  expect(exampleMoments(Date.parse("2026-11-23T10:00:00Z"))).toEqual([
    "2026-11-30T10:00",
    "2026-11-27T16:30",
    "2026-11-28T12:00",
  ]);
});
