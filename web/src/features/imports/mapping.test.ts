import { describe, expect, it } from "vitest";
import type { ImportColumn } from "~/api/types/imports.ts";
import {
  type Custom,
  firstMapping,
  kindOf,
  mappingProblem,
  secondsLeft,
  showSample,
  sureness,
} from "./mapping.ts";

const column = (name: string, guess: ImportColumn["guess"], confidence: number): ImportColumn => ({
  name,
  guess,
  confidence,
  samples: [],
});

const SIZE: Custom = { key: "company_size", name: "Company size" };
const ROOM: Custom = { key: "room", name: "Hotel room" };

describe("the first mapping", () => {
  it("takes the guesses, and of two claims the surer one", () => {
    const mapping = firstMapping(
      [column("Mail", "email", 0.7), column("E-mail address", "email", 0.98), column("Notes", null, 0)],
      [],
    );
    expect(mapping).toEqual({ Mail: "ignore", "E-mail address": "email", Notes: "ignore" });
  });
  it("takes the custom field that is called as the column is, by name or by key, whatever the case", () => {
    const customs = [SIZE, ROOM];
    expect(firstMapping([column(" company SIZE ", null, 0), column("Room", null, 0)], customs)).toEqual({
      " company SIZE ": "custom.company_size",
      Room: "custom.room",
    });
    expect(firstMapping([column("Size", null, 0)], customs)).toEqual({ Size: "ignore" });
  });
  it("prefers a sure guess to a name, a name to a doubtful guess, and gives one custom field to one column", () => {
    const city: Custom = { key: "city", name: "City" };
    expect(firstMapping([column("City", "city", 0.9)], [city])).toEqual({ City: "city" });
    expect(firstMapping([column("Company size", "company", 0.6)], [SIZE])).toEqual({
      "Company size": "custom.company_size",
    });
    expect(firstMapping([column("Company size", null, 0), column("company_size", null, 0)], [SIZE])).toEqual({
      "Company size": "custom.company_size",
      company_size: "ignore",
    });
  });
  it("gives a column whose guess is taken to the custom field of its name", () =>
    expect(
      firstMapping([column("Company", "company", 0.95), column("Company size", "company", 0.9)], [SIZE]),
    ).toEqual({ Company: "company", "Company size": "custom.company_size" }));
  it("needs a way to reach people", () => {
    expect(mappingProblem({ A: "first_name", B: "custom.room" }, [ROOM])).toContain(
      "e-mail address or a phone number",
    );
    expect(mappingProblem({ A: "phone", B: "custom.room" }, [ROOM])).toBeNull();
  });
  it("refuses two columns for one field by its name", () =>
    expect(mappingProblem({ A: "email", B: "email" }, [])).toContain('"E-mail"'));
  it("refuses two columns for one custom field by its name", () =>
    expect(mappingProblem({ A: "email", B: "custom.room", C: "custom.room" }, [ROOM])).toContain(
      '"Hotel room"',
    ));
});

it.each([
  [["12", "-3.5", "0"], "number"],
  [["0150", "0579"], "text"],
  [["2026-11-30", ""], "date"],
  [["Yes", "no"], "boolean"],
  [["https://example.com/a"], "url"],
  [["12", "twelve"], "text"],
  [["", " "], "text"],
] as const)("proposes what a new field holds: %j as %s", (samples, kind) =>
  expect(kindOf(samples)).toBe(kind),
);

it("says how sure a guess is in words", () => {
  expect(sureness(column("a", "email", 0.95), "email", [])).toBe("Recognised");
  expect(sureness(column("a", "email", 0.7), "email", [])).toBe("Probably");
  expect(sureness(column("a", "email", 0.3), "email", [])).toBe("Please check");
  expect(sureness(column("a", "email", 0.3), "phone", [])).toBe("Chosen by you");
  expect(sureness(column("a", null, 0), "ignore", [])).toBe("Not recognised");
  expect(sureness(column("ROOM", null, 0), "custom.room", [ROOM])).toBe("Same name");
  expect(sureness(column("Bed", null, 0), "custom.room", [ROOM])).toBe("Chosen by you");
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
