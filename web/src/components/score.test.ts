import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "~/api/types/contacts.ts";
import { barLines, placeNotes, rangeOf, type ScoreEvent, scoreSentence } from "./score.ts";
import { touchesOf } from "./timeline-score.ts";

const HOUR = 3_600_000;
const out = (t: number): ScoreEvent => ({ t, family: "email", dir: "out" });

describe("notes", () => {
  it("stand inside the stave in the order of time", () => {
    const events = [out(3 * HOUR), out(0), out(HOUR)];
    const notes = placeNotes(events, rangeOf(events, 4 * HOUR), 50, 280);
    const xs = notes.map((note) => note.x);
    expect(xs).toEqual([...xs].sort((one, other) => one - other));
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...xs)).toBeLessThanOrEqual(280);
  });
  it("of one moment stand beside each other", () => {
    const [one, other] = placeNotes([out(0), out(0)], { from: -HOUR, until: HOUR }, 0, 200);
    expect((other?.x ?? 0) - (one?.x ?? 0)).toBe(7);
  });
});

it("draws a handful of bar lines for any span", () => {
  for (const span of [HOUR, 24 * HOUR, 30 * 24 * HOUR, 3 * 365 * 24 * HOUR]) {
    const lines = barLines({ from: 1000, until: 1000 + span });
    expect(lines.length).toBeLessThanOrEqual(13);
  }
});

describe("a timeline as a score", () => {
  const entry = (kind: string, at: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
    id: kind + at,
    at,
    kind,
    text: "",
    channel: "email",
    direction: "out",
    state: "sent",
    conversation_id: "c",
    campaign_id: null,
    ...more,
  });
  it("counts an answer once, marks what was opened, and crosses what failed", () => {
    const touches = touchesOf([
      entry("replied", "2026-01-01T03:00:00Z", { direction: "in" }),
      entry("received", "2026-01-01T03:00:00Z", { direction: "in" }),
      entry("opened", "2026-01-01T02:00:00Z"),
      entry("sent", "2026-01-01T01:00:00Z"),
      entry("failed", "2026-01-01T00:30:00Z", { channel: "sms" }),
    ]);
    expect(scoreSentence(touches)).toBe("1 sent, 1 received, 1 not sent");
    expect(touches.find((touch) => touch.dir === "out" && touch.family === "email")?.state).toBe("opened");
  });
});
