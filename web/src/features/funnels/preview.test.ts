import { expect, test } from "vitest";
import { cutAtGaps, fieldWords } from "./preview.ts";

test("a text is cut where a value is missing", () => {
  expect(cutAtGaps("Hi \u{e000}contact.first_name\u{e001}, in \u{e000}contact.city\u{e001}")).toEqual([
    { text: "Hi ", gap: false },
    { text: "contact.first_name", gap: true },
    { text: ", in ", gap: false },
    { text: "contact.city", gap: true },
  ]);
  expect(cutAtGaps("Hi Ann")).toEqual([{ text: "Hi Ann", gap: false }]);
  expect(cutAtGaps("")).toEqual([]);
});

test("a field is said in words", () => {
  expect(fieldWords("contact.first_name")).toBe("first name");
  expect(fieldWords("contact.custom.renewal_date")).toBe("renewal date");
});
