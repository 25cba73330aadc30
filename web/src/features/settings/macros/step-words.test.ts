import { expect, test } from "vitest";
import { kindsLeft, stepWords } from "./step-words.ts";

const names = new Map([["lbl_1", "Hot"]]);

test.each([
  [{ kind: "label", label_id: "lbl_1" }, "Label Hot"],
  [{ kind: "unlabel", label_id: "lbl_2" }, "Take off a label that is gone"],
  [{ kind: "assign", assignee_id: null }, "For the owner to answer"],
  [{ kind: "reply", text: "Hello\n there" }, "Answer “Hello there”"],
] as const)("a step in words: %o", (step, words) => {
  expect(stepWords(step, names)).toBe(words);
});

test("what can be done once is offered once", () => {
  const left = kindsLeft([{ kind: "reply", text: "Hi" }, { kind: "done" }, { kind: "note", text: "Hi" }]);
  expect(left).toEqual(["note", "label", "unlabel", "assign"]);
});
