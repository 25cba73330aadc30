import { describe, expect, it } from "vitest";
import { employeesOf, sizeWords } from "./words.ts";

describe("how many people work somewhere", () => {
  it("reads as a sentence would say it", () => {
    expect([null, 0, 1, 1200].map(sizeWords)).toEqual(["", "0 people", "1 person", "1,200 people"]);
  });
  it("is read however somebody groups the digits", () => {
    expect(["", " ", "12", "1 200", "1,200", "1.200", "1’200"].map(employeesOf)).toEqual([
      null,
      null,
      12,
      1200,
      1200,
      1200,
      1200,
    ]);
    expect(employeesOf("many")).toBeNaN();
    expect(employeesOf("-5")).toBeNaN();
  });
});
