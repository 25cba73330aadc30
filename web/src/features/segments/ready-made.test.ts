import { expect, it } from "vitest";
import { draftOf, ruleOf } from "~/components/rule/draft.ts";
import { ruleWords } from "~/components/rule/words.ts";
import { READY_MADE } from "./ready-made.ts";

const names = { fields: [], of: () => undefined };

it("can be opened in the builder and saved as they are", () => {
  for (const { name, rule } of READY_MADE) {
    const { rule: back } = ruleOf(draftOf(rule));
    expect(ruleWords(back, names), name).toBe(ruleWords(rule, names));
  }
});

it("say in words whom they find", () => {
  expect(READY_MADE.map(({ rule }) => ruleWords(rule, names))).toEqual([
    "answered a message and was not sent a message in the last 30 days",
    "Added is in the last 7 days",
    "(E-mail has a value or Phone has a value) and (First name is empty or Company is empty)",
  ]);
});
