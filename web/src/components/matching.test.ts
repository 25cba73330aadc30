import { expect, it } from "vitest";
import { matching } from "./matching.ts";

const options = ["Speaker", "Guest speaker", "Sponsor", "VIP"].map((name) => ({ name }));

it("finds by any part of the name, and what begins with it first", () => {
  const found = (words: string) => matching(options, words).map(({ name }) => name);
  expect(found("SP")).toEqual(["Speaker", "Sponsor", "Guest speaker"]);
  expect(found("")).toEqual(options.map(({ name }) => name));
  expect(found("nobody")).toEqual([]);
});
