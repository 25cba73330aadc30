import { expect, it } from "vitest";
import { ApiError, offlineError } from "~/api/errors.ts";
import { isSaidBeside } from "./form.tsx";

const refused = (...fields: string[]) =>
  new ApiError({ status: 422, message: "No.", fields: fields.map((field) => ({ field, message: "No." })) });

it("says above a form what no field of it says", () => {
  expect(isSaidBeside(refused("url"), ["url", "kinds"])).toBe(true);
  expect(isSaidBeside(refused("url", "secret"), ["url", "kinds"])).toBe(false);
  expect(isSaidBeside(refused("secret"), ["url"])).toBe(false);
  expect(isSaidBeside(refused(), ["url"])).toBe(false);
  expect(isSaidBeside(offlineError(), ["url"])).toBe(false);
  expect(isSaidBeside(null, [])).toBe(false);
});
