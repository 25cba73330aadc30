import { expect, test } from "vitest";
import { saidOf } from "./macro-words.ts";

const run = (...problems: (string | null)[]) => ({
  run_id: "mrn_1",
  changed: problems.filter((one) => one === null).length,
  results: problems.map((problem, n) => ({ conversation_id: `cnv_${n}`, message_id: null, problem })),
});

test.each([
  [run(null), "Thanks: done."],
  [run(null, null), "Thanks: done in 2 conversations."],
  [run("They are blocked"), "Thanks: nothing was done. They are blocked"],
  [run(null, "A", "A", "B"), "Thanks: done in 1 of 4. Not in 3: A; B"],
  [run("A", "B", "C"), "Thanks: done in 0 of 3. Not in 3: A; B; and others"],
])("a run in words", (of, words) => {
  expect(saidOf("Thanks", of)).toBe(words);
});
