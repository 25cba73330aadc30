import { expect, it } from "vitest";
import { codesFile } from "./codes-file.ts";

it("says what the codes are for, and has each on a line of its own", () => {
  const text = codesFile(["abcd-efgh-jkmn-pqrs", "1234-5678-9abc-defg"], "https://overture.example");
  expect(text).toMatch(/^Recovery codes for Overture at https:\/\/overture\.example\n/);
  expect(text.split("\n").slice(3)).toEqual(["abcd-efgh-jkmn-pqrs", "1234-5678-9abc-defg", ""]);
});
