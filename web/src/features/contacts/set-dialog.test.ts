import { expect, it } from "vitest";
import { outcome, type SetAction } from "./set-dialog.tsx";

it.each<[SetAction, number, string]>([
  ["add-tag", 1, "1 contact got VIP."],
  ["add-tag", 0, "All of them had VIP already."],
  ["remove-tag", 3, "VIP is off 3 contacts."],
  ["remove-tag", 0, "None of them had VIP."],
  ["add-list", 2, "2 contacts went on VIP."],
  ["add-list", 0, "All of them were on VIP already."],
])("says what became of it: %s, %i", (action, changed, said) =>
  expect(outcome(action, "VIP", changed)).toBe(said),
);
