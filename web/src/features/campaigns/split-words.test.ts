import { expect, it } from "vitest";
import type { SplitContest, VariantLine } from "~/api/types/splits.ts";
import { contestText, share, sure } from "./split-words.ts";

const line = (key: string, written: number): VariantLine => ({
  key,
  weight: 1,
  people: written,
  written,
  answered: 0,
  rate: 0,
  low: 0,
  high: 1,
  as_winner: 0,
});
const contest: SplitContest = {
  node: "ab",
  name: "Which?",
  rule: { sample: 100, confidence: 95 },
  variants: [line("a", 120), line("b", 80), { ...line("c", 0), weight: 0 }],
  standing: null,
  needs: { written: 100, certainty: 0.975 },
  looks: 0,
  is_watched: true,
  is_held: false,
  decision: null,
};

it("says what a winner still takes", () => {
  expect(contestText(contest)).toBe(
    "None is ahead. The next look is when 100 people of each variant have been written to and had time to answer (now 80); then 97.5 % are needed.",
  );
  const enough = { ...contest, variants: [line("a", 120), line("b", 100)] };
  expect(contestText({ ...enough, standing: { best: 1, certainty: 0.912 } })).toBe(
    "B is ahead; it is 91.2 % sure that this is no chance. It is looked at within a minute; 97.5 % are needed.",
  );
  expect(contestText({ ...contest, needs: null, is_held: true })).toContain("only a person decides");
  expect(contestText({ ...contest, needs: null, rule: null })).toContain("looks for no winner");
});

it("is never certain", () => {
  expect([sure(1), sure(0.9995), sure(0.9989), sure(0)]).toEqual(["> 99.9 %", "> 99.9 %", "99.8 %", "0.0 %"]);
  expect(share(0.0456)).toBe("4.6 %");
});
