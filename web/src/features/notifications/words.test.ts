import { expect, it } from "vitest";
import type { Notification } from "~/api/types/notifications.ts";
import { wordsOf } from "./words.ts";

const one: Notification = {
  id: "ntf_1",
  kind: "reply",
  conversation_id: "cnv_1",
  contact_name: "Ann Lee",
  snippet: null,
  actor_name: null,
  times: 1,
  at: "2026-06-15T10:00:00Z",
  seen_at: null,
};

it("says what happened", () => {
  expect(wordsOf(one)).toBe("Ann Lee wrote");
  expect(wordsOf({ ...one, times: 3 })).toBe("Ann Lee wrote, 3 times");
  expect(wordsOf({ ...one, kind: "mention", actor_name: "Jonas" })).toBe("Jonas mentioned you about Ann Lee");
  expect(wordsOf({ ...one, kind: "assigned", actor_name: "Jonas" })).toBe(
    "Jonas asked you to answer Ann Lee",
  );
  expect(wordsOf({ ...one, kind: "late" })).toBe("Ann Lee waits for your answer, which is late");
  expect(wordsOf({ ...one, kind: "approval", contact_name: null, times: 12 })).toBe(
    "12 messages wait for your yes",
  );
});
