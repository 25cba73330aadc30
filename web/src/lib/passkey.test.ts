import { expect, it } from "vitest";
import { canPasskeys, passkeyWords } from "./passkey.ts";

it.each([
  ["InvalidStateError", /already/],
  ["NotAllowedError", /cancelled/],
  ["SecurityError", /https/],
  ["constructor", /could not/],
])("%s is said in words", (name, words) => expect(passkeyWords(name)).toMatch(words));

it("knows a browser without passkeys", () => expect(canPasskeys()).toBe(false));
