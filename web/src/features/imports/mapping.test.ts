import { describe, expect, it } from "vitest";
import type { ImportColumn } from "~/api/types/imports.ts";
import { firstMapping, mappingProblem, secondsLeft, showSample, sureness } from "./mapping.ts";

const column = (name: string, guess: ImportColumn["guess"], confidence: number): ImportColumn => ({
  name,
  guess,
  confidence,
  samples: [],
});

describe("the first mapping", () => {
  it("takes the guesses, and of two claims the surer one", () => {
    const mapping = firstMapping([
      column("Mail", "email", 0.7),
      column("E-mail address", "email", 0.98),
      column("Notes", null, 0),
    ]);
    expect(mapping).toEqual({ Mail: "ignore", "E-mail address": "email", Notes: "ignore" });
  });
  it("needs a way to reach people", () => {
    expect(mappingProblem({ A: "first_name" })).toContain("e-mail address or a phone number");
    expect(mappingProblem({ A: "phone" })).toBeNull();
  });
  it("refuses two columns for one field by its name", () =>
    expect(mappingProblem({ A: "email", B: "email" })).toContain('"E-mail"'));
});

it("says how sure a guess is in words", () => {
  expect(sureness(column("a", "email", 0.95), "email")).toBe("Recognised");
  expect(sureness(column("a", "email", 0.7), "email")).toBe("Probably");
  expect(sureness(column("a", "email", 0.3), "email")).toBe("Please check");
  expect(sureness(column("a", "email", 0.3), "phone")).toBe("Chosen by you");
  expect(sureness(column("a", null, 0), "ignore")).toBe("Not recognised");
});

it("shows samples as they are, short and on one line", () => {
  expect(showSample("  ")).toBe("(empty)");
  expect(showSample("a\r\nb")).toBe("a ⏎ b");
  expect(showSample("x".repeat(1_000_000))).toHaveLength(41);
});

it("knows the time left only when there is a rate", () => {
  expect(secondsLeft(0.25, 250, 100)).toBe(7.5);
  expect(secondsLeft(0, 0, 100)).toBeNull();
  expect(secondsLeft(0.5, 10, null)).toBeNull();
});
