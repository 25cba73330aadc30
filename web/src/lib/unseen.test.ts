import { expect, it } from "vitest";
import { titled } from "./unseen.ts";

it("says how many things were not seen before the name of the page", () => {
  expect([0, 1, 99, 100].map((count) => titled("Inbox · Overture", count))).toEqual([
    "Inbox · Overture",
    "(1) Inbox · Overture",
    "(99) Inbox · Overture",
    "(99+) Inbox · Overture",
  ]);
});
