import { expect, test } from "vitest";
import { paceText, waitText } from "./pace-note.tsx";

const pace = { per_second: 80, burst: 80, shared_by: "the WhatsApp number", source: "", wait_ms: 0 };

test("a limit is told in the unit in which it is more than a few", () => {
  expect(paceText(pace)).toBe("80 calls a second for the WhatsApp number");
  expect(paceText({ ...pace, per_second: 2.5, shared_by: "the Google account" })).toBe(
    "150 calls a minute for the Google account",
  );
});

test("a wait is told when somebody could notice it", () => {
  expect(waitText({ ...pace, wait_ms: 12 })).toBeNull();
  expect(waitText({ ...pace, wait_ms: 89_200 })).toContain("in 90 seconds");
  expect(waitText({ ...pace, wait_ms: 3_600_000 })).toContain("in 60 minutes");
});
