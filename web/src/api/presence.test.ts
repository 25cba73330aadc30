import { expect, it } from "vitest";
import { after, type PresenceEvent, present } from "./presence.ts";

const told = (...events: [PresenceEvent, string, number][]) =>
  events.reduce((now, [event, member, at]) => after(now, event, "cnv", member, at), {});

it("knows who looks and who writes, until nobody says so any more", () => {
  const now = told(["presence:viewing", "ana", 0], ["presence:typing", "ben", 1_000]);
  expect(present(now, "cnv", 2_000)).toEqual({ viewing: ["ana", "ben"], typing: ["ben"] });
  expect(present(now, "cnv", 8_000)).toEqual({ viewing: ["ana", "ben"], typing: [] });
  expect(present(now, "cnv", 45_500)).toEqual({ viewing: ["ben"], typing: [] });
  expect(present(now, "other", 2_000)).toEqual({ viewing: [], typing: [] });
});

it("forgets at once who leaves or pauses", () => {
  const now = told(
    ["presence:typing", "ana", 0],
    ["presence:typing", "ben", 0],
    ["presence:left", "ana", 10],
  );
  expect(present(now, "cnv", 20).typing).toEqual(["ben"]);
  expect(present(after(now, "presence:paused", "cnv", "ben", 20), "cnv", 30)).toEqual({
    viewing: ["ben"],
    typing: [],
  });
});

it("keeps on typing through a beat", () => {
  const now = told(["presence:typing", "ana", 0], ["presence:viewing", "ana", 1_000]);
  expect(present(now, "cnv", 2_000).typing).toEqual(["ana"]);
});
