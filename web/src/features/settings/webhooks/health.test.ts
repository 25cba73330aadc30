import { describe, expect, it } from "vitest";
import type { Webhook } from "~/api/types/webhooks.ts";
import { answerOf, grouped, healthOf, readable, statusOf } from "./health.ts";

const hook: Webhook = {
  id: "whk_1",
  url: "https://example.com/",
  description: "",
  kinds: [],
  include_content: false,
  active: true,
  problem: null,
  failing_since: null,
  succeeded_at: null,
  failed_at: null,
  pending: 0,
  failed: 0,
  old_secret_until: null,
  created_at: "2026-06-15T10:00:00Z",
};
const AT = "2026-06-15T10:00:00Z";

describe("the health of a webhook", () => {
  it("tells who switched it off", () => {
    expect(healthOf({ ...hook, active: false }).text).toBe("Off");
    expect(healthOf({ ...hook, active: false, problem: "It answered 410 Gone" }).text).toBe("Switched off");
  });
  it("is bad while nothing works, whatever worked before", () => {
    expect(healthOf({ ...hook, succeeded_at: AT, failing_since: AT })).toEqual({
      tone: "bad",
      text: "Failing",
    });
    expect(healthOf({ ...hook, succeeded_at: AT, failed_at: AT }).text).toBe("Works");
    expect(healthOf(hook).text).toBe("Not called yet");
  });
});

describe("a delivery", () => {
  it("that waits is told from one that waits again", () => {
    expect(statusOf({ status: "pending", attempt: 0 }).text).toBe("Waiting");
    expect(statusOf({ status: "pending", attempt: 2 }).text).toBe("Retrying");
    expect(statusOf({ status: "failed", attempt: 10 }).text).toBe("Given up");
  });
  it("says what came back", () => {
    expect(answerOf({ attempt: 0, answered: null })).toBe("Not tried yet");
    expect(answerOf({ attempt: 1, answered: 204 })).toBe("Answer 204");
    expect(answerOf({ attempt: 3, answered: null })).toBe("No answer, 3 tries");
  });
});

it("groups kinds by their nouns in the order they come", () => {
  const kinds = ["message.sent", "contact.created", "message.failed"].map((kind) => ({ kind, about: "" }));
  expect(grouped(kinds).map(({ noun, kinds: list }) => [noun, list.length])).toEqual([
    ["Messages", 2],
    ["Contacts", 1],
  ]);
});

it("shows JSON in lines and leaves everything else alone", () => {
  expect(readable('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(readable("<h1>sorry</h1>")).toBe("<h1>sorry</h1>");
});
