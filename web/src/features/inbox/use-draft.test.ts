import { expect, it } from "vitest";
import { reconcile } from "./use-draft.ts";

const at = (version: number, text: string) => ({ version, text });

it.each([
  ["nothing anywhere", "", at(0, ""), at(0, ""), "same"],
  ["typed here", "Hi", at(0, ""), at(0, ""), "save"],
  ["typed on here", "Hi there", at(2, "Hi"), at(2, "Hi"), "save"],
  ["from another device", "", at(0, ""), at(3, "Hi"), "take"],
  ["typed on in another window", "Hi", at(2, "Hi"), at(3, "Hi there"), "take"],
  ["emptied here", "", at(2, "Hi"), at(2, "Hi"), "save"],
  ["sent from another window", "Hi", at(2, "Hi"), at(0, ""), "take"],
  ["sent elsewhere, and typed on here", "Hi you", at(2, "Hi"), at(0, ""), "save"],
  ["two windows, two texts", "Hi you", at(2, "Hi"), at(3, "Hi there"), "ask"],
  ["the same in both", "Hi there", at(2, "Hi"), at(3, "Hi there"), "same"],
])("%s", (_, here, base, there, expected) => expect(reconcile(here, base, there)).toBe(expected));
