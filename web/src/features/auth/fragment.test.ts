import { expect, it } from "vitest";
import { invitationOf, stepOf } from "./fragment.ts";

it.each([
  ["", null, null],
  ["#", null, null],
  ["#abc-_1", "abc-_1", null],
  ["#step=abc-_1", "step=abc-_1", "abc-_1"],
  ["#step=", "step=", null],
  ["#step=a&b", "step=a&b", null],
])("%s has the invitation %s and the step %s", (hash, invitation, step) => {
  expect(invitationOf(hash)).toBe(invitation);
  expect(stepOf(hash)).toBe(step);
});
