import { describe, expect, it } from "vitest";
import { agentWords, goodFor, seenWords } from "./seen.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

describe("last seen", () => {
  it.each([
    [0, "just now"],
    [119, "just now"],
    [120, "2 minutes ago"],
    [3599, "59 minutes ago"],
    [3600, "1 hour ago"],
    [86_399, "23 hours ago"],
    [86_400, "1 day ago"],
    [6 * 86_400, "6 days ago"],
    [8 * 86_400, "on 13 Nov"],
    [400 * 86_400, "on 17 Oct 2025"],
  ])("%d seconds back is %s", (seconds, text) => expect(seenWords(at(-seconds), NOW)).toBe(text));

  it("is never where nobody signed in yet", () => expect(seenWords(null, NOW)).toBe("never"));
  it("is now where the server's clock is ahead", () => expect(seenWords(at(90), NOW)).toBe("just now"));
});

describe("an invitation is good", () => {
  it.each([
    [7 * 86_400, "for 7 days"],
    [7 * 86_400 - 60, "for 7 days"],
    [86_400, "for a day"],
    [7200, "for 2 hours"],
    [3700, "for an hour"],
    [60, "for less than an hour"],
    [-1, "no longer"],
  ])("%d seconds before its end %s", (seconds, text) => expect(goodFor(at(seconds), NOW)).toBe(text));
});

describe("the browser of a session", () => {
  it.each([
    ["Firefox on Linux", "Firefox on Linux"],
    ["", "Unknown browser"],
    [null, "Unknown browser"],
  ])("%s is %s", (agent, text) => expect(agentWords(agent)).toBe(text));
});
