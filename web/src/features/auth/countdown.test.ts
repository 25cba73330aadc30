import { expect, it } from "vitest";
import { countedDown } from "./countdown.ts";

it.each([
  ["Too many attempts. Try again in 30 seconds", 12, "Too many attempts. Try again in 12 seconds"],
  ["Too many attempts. Try again in 30 seconds", 1, "Too many attempts. Try again in 1 second"],
  ["Too many attempts.", 5, "Too many attempts. Try again in 5 seconds"],
  ["3 attempts failed. Try again in 1 second", 1, "3 attempts failed. Try again in 1 second"],
])("%s with %d left", (words, left, text) => expect(countedDown(words, left)).toBe(text));
