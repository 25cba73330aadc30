import { expect, it } from "vitest";
import { windowText } from "./window-text.ts";

it("says a send window", () => {
  expect(windowText({ days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" })).toBe(
    "Mon to Fri, 09:00 to 17:00",
  );
  expect(windowText({ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", until: "24:00" })).toBe(
    "Every day, 00:00 to 24:00",
  );
  expect(windowText({ days: [6, 1], from: "09:00", until: "12:00" })).toBe("Mon, Sat, 09:00 to 12:00");
});
