import { expect, it } from "vitest";
import { smsSegments } from "./sms.ts";

it.each([
  ["", 0, 0],
  ["a".repeat(160), 160, 1],
  ["a".repeat(161), 161, 2],
  ["a".repeat(306), 306, 2],
  ["a".repeat(307), 307, 3],
  ["€", 2, 1],
  ["ж".repeat(70), 70, 1],
  ["ж".repeat(71), 71, 2],
  ["👋", 2, 1],
])("%j has %d units in %d texts", (text, units, segments) => {
  expect(smsSegments(text)).toMatchObject({ units, segments });
});
