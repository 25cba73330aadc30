import { expect, test } from "vitest";
import type { Undecided, UndecidedGroup } from "~/api/types/inbox.ts";
import { choices, consequence, outcome } from "./undecided-words.ts";

const look = (messages: number, people: number): Undecided => ({
  as_of: "2027-01-01T00:00:00Z",
  messages,
  people,
  looked_up: 0,
  groups: [],
});

test("what happens is said with its worst case", () => {
  expect(consequence("resend", look(43, 43))).toMatch(
    /^43 people will get their message again\. Whoever .* twice/,
  );
  expect(consequence("resend", look(1, 1))).toMatch(/^1 person will get this message again/);
  expect(consequence("resend", look(50, 43))).toMatch(/^43 people will get these 50 messages again/);
  expect(consequence("sent", look(1, 1))).toMatch(/^Nothing goes out\. 1 message to 1 person counts as sent/);
  expect(consequence("drop", look(2, 1))).toContain("2 messages to 1 person are cancelled");
  expect(outcome("sent", 4, 1)).toBe(
    "4 messages marked as sent. 1 had been settled in between and were left alone.",
  );
});

test("groups are taken together by a part", () => {
  const group = (campaign_id: string | null, sender_id: string, messages: number): UndecidedGroup => ({
    campaign_id,
    campaign_name: campaign_id,
    sender_id,
    sender_address: sender_id,
    channel: "email",
    messages,
  });
  const groups = [group("a", "x", 2), group("a", "y", 3), group(null, "x", 4)];
  expect(choices(groups, (one) => [one.campaign_id ?? "", one.campaign_name ?? "No campaign"])).toEqual([
    { value: "a", label: "a (5)" },
    { value: "", label: "No campaign (4)" },
  ]);
});
