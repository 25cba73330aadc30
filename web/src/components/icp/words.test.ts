import { describe, expect, it } from "vitest";
import { bandOf, criterionWords, signed } from "./words.ts";

describe("the words of a profile", () => {
  it("say a rule as somebody would", () => {
    const cases: [Parameters<typeof criterionWords>[0], string][] = [
      [{ field: "title", op: "contains", values: ["VP", "Head of"] }, "Title contains VP or Head of"],
      [
        { field: "company.industry", op: "is_not", values: ["Food", "Steel"] },
        "Industry is not Food nor Steel",
      ],
      [
        { field: "company.employee_count", op: "more_than", values: ["100"] },
        "Company size is more than 100",
      ],
      [{ field: "phone", op: "exists", values: [] }, "Phone has a value"],
      [{ field: "custom.gone", op: "is", values: ["x"] }, "gone is x"],
    ];
    for (const [criterion, words] of cases) expect(criterionWords(criterion, [])).toBe(words);
  });
  it("tell where a score stands", () => {
    expect([100, 75, 74, 50, 49, 25, 24, 0].map((score) => bandOf(score).id)).toEqual([
      "strong",
      "strong",
      "good",
      "good",
      "weak",
      "weak",
      "poor",
      "poor",
    ]);
    expect([signed(20), signed(-20)]).toEqual(["+20", "−20"]);
  });
});
