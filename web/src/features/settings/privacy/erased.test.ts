import { expect, it } from "vitest";
import { linesOf, totalOf } from "./erased.ts";

const erased = {
  addresses_kept_as_fingerprints: 2,
  contact: 1,
  conversations: 0,
  messages: 3,
  raw_events: 2,
  new_kind: 4,
};

it("says what was erased, leaves out what there was none of, and ends with what is kept", () => {
  expect(linesOf(erased).map(({ what }) => what)).toEqual([
    "Contact",
    "Messages",
    "New kind",
    "Messages and receipts as providers sent them",
    "Addresses, of which a fingerprint is kept",
  ]);
});

it("counts what went, not what stays", () => {
  expect(totalOf(erased)).toBe(10);
});
