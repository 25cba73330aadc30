import { expect, it } from "vitest";
import { pressed, wayOf } from "./sorting.ts";

it("turns an order round with every press, and begins with what is meant most", () => {
  expect([wayOf("-name", "name"), wayOf("name", "name"), wayOf("name", "company")]).toEqual([
    "descending",
    "ascending",
    undefined,
  ]);
  expect(pressed("-created_at", "name", "name")).toBe("name");
  expect(pressed("name", "name", "name")).toBe("-name");
  expect(pressed("-name", "name", "name")).toBe("name");
  expect(pressed("name", "updated_at", "-updated_at")).toBe("-updated_at");
});
