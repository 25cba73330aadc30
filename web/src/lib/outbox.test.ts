import { expect, it } from "vitest";
import { afterReload, dropPending, failPending, outbox, type Pending, putPending } from "./outbox.ts";

const item: Pending = {
  clientId: "1",
  conversationId: "c",
  text: "Hello",
  at: 0,
  state: "sending",
  error: null,
};

it("keeps the text of an answer that failed, and tries again under the same id", () => {
  putPending(item);
  failPending("1", "The server cannot be reached.");
  expect(outbox.get()).toEqual([{ ...item, state: "failed", error: "The server cannot be reached." }]);
  putPending(item);
  expect(outbox.get()).toHaveLength(1);
  dropPending("1");
  expect(outbox.get()).toEqual([]);
});

it("does not send by itself what a closed page left under way", () => {
  const [after] = afterReload([item]);
  expect(after).toMatchObject({ clientId: "1", text: "Hello", state: "failed" });
});
