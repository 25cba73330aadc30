import { expect, it } from "vitest";
import { googleWords } from "./google-words.ts";

it.each([
  [null, null],
  ["connected", null],
  ["cancelled", "You left Google without choosing an account."],
  ["constructor", "That did not work with Google. Begin again."],
  ["", "That did not work with Google. Begin again."],
])("%s is said as %s", (word, words) => expect(googleWords(word)).toBe(words));
