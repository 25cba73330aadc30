import { describe, expect, test } from "vitest";
import { gmailWords } from "./gmail-words.ts";

describe("what became of the way to Google", () => {
  test("nothing is said where nothing went wrong", () => {
    expect(gmailWords(null)).toBeNull();
    expect(gmailWords("connected")).toBeNull();
  });
  test("a word that nobody knows is no word of the page", () => {
    expect(gmailWords("constructor")).toBe("That did not work with Google. Connect again.");
    expect(gmailWords("scope")).toContain("both boxes");
  });
});
