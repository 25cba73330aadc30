import { describe, expect, it } from "vitest";
import { answered, askedAt, isMentioned, withGaps } from "./suggest.ts";

describe("what asks for a choice", () => {
  it.each([
    ["/", 1, { from: 0, words: "" }],
    ["Hi /pri", 7, { from: 3, words: "pri" }],
    ["Hi /price list and", 14, { from: 3, words: "price list" }],
    ["line\n/x", 7, { from: 5, words: "x" }],
    ["and/or", 6, null],
    ["see https://a.example/x", 23, null],
    ["1/2", 3, null],
    ["a / b", 5, null],
    ["no", 2, null],
    ["/a\nb", 4, null],
  ])("%j at %d", (text, caret, expected) => expect(askedAt(text, caret, "/")).toEqual(expected));
  it("knows an address from a mention", () => {
    expect(askedAt("ana@b", 5, "@")).toBeNull();
    expect(askedAt("Hi @An", 6, "@")).toEqual({ from: 3, words: "An" });
  });
  it("is replaced by the choice, with the caret behind it", () =>
    expect(answered("Hi /pri there", 7, { from: 3, words: "pri" }, "PRICE")).toEqual({
      text: "Hi PRICE there",
      caret: 8,
    }));
});

it("mentions whole names", () => {
  expect(isMentioned("Look, @Ana Lee.", "Ana Lee")).toBe(true);
  expect(isMentioned("Look, @Ana Leeson", "Ana Lee")).toBe(false);
});

it("leaves gaps where a person sees them", () =>
  expect(withGaps("Dear \ue000contact.first_name\ue001, hello")).toEqual({
    text: "Dear [first name], hello",
    gaps: 1,
  }));
