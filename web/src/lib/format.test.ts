import { describe, expect, it } from "vitest";
import {
  age,
  anyOf,
  atLeast,
  bytes,
  clockTime,
  count,
  percent,
  personName,
  plural,
  span,
  when,
  words,
} from "./format.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

describe("age", () => {
  it.each([
    [0, "now"],
    [59, "now"],
    [60, "1m"],
    [3599, "59m"],
    [3600, "1h"],
    [86_399, "23h"],
    [86_400, "1d"],
    [6 * 86_400, "6d"],
  ])("%d seconds ago is %s", (seconds, text) => expect(age(ago(seconds), NOW)).toBe(text));

  it("is a date after a week", () => expect(age(ago(8 * 86_400), NOW)).toBe("13 Nov"));
  it("never runs backwards when the server is ahead", () => expect(age(ago(-30), NOW)).toBe("now"));
});

describe("percent", () => {
  it.each([
    [0, 10, "0%"],
    [1, 1000, "<1%"],
    [5, 10, "50%"],
    [999, 1000, ">99%"],
    [1000, 1000, "100%"],
    [3, 0, "0%"],
  ])("%d of %d is %s", (part, total, text) => expect(percent(part, total)).toBe(text));
});

describe("times", () => {
  it("names the day within a week and the date beyond", () => {
    expect(when("2026-11-20T08:12:00Z", NOW, "UTC")).toBe("Fri 08:12");
    expect(when("2026-12-03T08:12:00Z", NOW, "UTC")).toBe("3 Dec 08:12");
  });
  it("is told in the zone asked for", () =>
    expect(clockTime("2026-11-21T12:00:00Z", "Europe/Oslo")).toBe("13:00"));
  it("does not fail on a zone that the browser does not know", () =>
    expect(clockTime("2026-11-21T12:00:00Z", "Mars/Olympus")).toMatch(/^\d\d:\d\d$/));
});

describe("span", () => {
  it.each([
    [0, "0 s"],
    [45, "45 s"],
    [90, "1 min 30 s"],
    [3600, "1 hour"],
    [172_800, "2 days"],
    [90_061, "1 day 1 hour"],
  ])("%d seconds is %s", (seconds, text) => expect(span(seconds)).toBe(text));
});

describe("words", () => {
  it("reads machine words", () => {
    expect(words("out_of_office")).toBe("Out of office");
    expect(words("contacts.import")).toBe("Contacts import");
    expect(words("unsubscribed by e-mail")).toBe("Unsubscribed by e-mail");
  });
  it("counts things", () => {
    expect(plural(1, "person", "people")).toBe("1 person");
    expect(plural(1240, "person", "people")).toBe("1,240 people");
    expect(count(1_000_000)).toBe("1,000,000");
  });
  it("says sizes", () => {
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1_500)).toBe("1.5 kB");
    expect(bytes(25_000_000)).toBe("25 MB");
  });
  it("calls a person by the best name there is", () => {
    expect(personName({ full_name: "Ada L", email: "a@b.c" })).toBe("Ada L");
    expect(personName({ first_name: "Ada", last_name: null })).toBe("Ada");
    expect(personName({ phone: "+4740000000" })).toBe("+4740000000");
    expect(personName({})).toBe("No name");
  });
});

it("names who to ask", () => {
  expect(anyOf([])).toBe("");
  expect(anyOf(["Ann"])).toBe("Ann");
  expect(anyOf(["Ann", "Bo"])).toBe("Ann or Bo");
  expect(anyOf(["Ann", "Bo", "Cy", "Di"])).toBe("Ann, Bo or Cy");
});

it("says of what was counted only so far that there is more", () => {
  expect(atLeast({ total: 9999 })).toBe("9,999");
  expect(atLeast({ total: 10_000, total_is_capped: false })).toBe("10,000");
  expect(atLeast({ total: 10_000, total_is_capped: true })).toBe("10,000+");
});
