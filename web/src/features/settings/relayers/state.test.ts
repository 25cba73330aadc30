import { describe, expect, it } from "vitest";
import { heartbeatCommand, isAtWork, seenText, stateOf } from "./state.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const AT = "2026-11-21T11:55:00Z";

describe("a device", () => {
  it.each([
    ["was never heard of", { active: false, last_seen_at: null }, 0, "Not connected yet"],
    ["was heard of now", { active: true, last_seen_at: AT }, 0, "At work"],
    ["was heard of when the server was last asked", { active: true, last_seen_at: AT }, 119_999, "At work"],
    ["was at work before the network went", { active: true, last_seen_at: AT }, 120_000, "Quiet"],
    ["has been silent", { active: false, last_seen_at: AT }, 0, "Quiet"],
  ])("that %s", (_, device, age, text) => expect(stateOf(device, age).text).toBe(text));

  it("counts as at work exactly where it is said to be", () => {
    for (const active of [true, false])
      for (const age of [-5000, 0, 119_999, 120_000])
        expect(isAtWork({ active }, age)).toBe(stateOf({ active, last_seen_at: AT }, age).tone === "good");
  });

  it("was seen some time ago, or never", () => {
    expect(seenText(AT, NOW)).toBe("Seen 5 minutes ago");
    expect(seenText(null, NOW)).toBe("Never seen");
  });
});

it("says how to send a heartbeat, in one command over three lines", () => {
  const command = heartbeatCommand("https://overture.example", "ovr_a_b", "rita");
  expect(command.split(" \\\n  ")).toEqual([
    "curl -X POST https://overture.example/api/relayer/heartbeat",
    '-H "X-Relayer-API-Key: ovr_a_b"',
    '-H "X-Employee-ID: rita"',
  ]);
});
