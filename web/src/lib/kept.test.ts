import { expect, it } from "vitest";
import { KEPT_CONVERSATIONS, tooMany } from "./kept.ts";

it("keeps the conversations that were read last, each with all that belongs to it", () => {
  const reads = [];
  for (let n = 0; n < KEPT_CONVERSATIONS + 2; n += 1) {
    reads.push({ url: `/api/conversations/cnv_${n}`, at: n });
    reads.push({ url: `/api/conversations/cnv_${n}/messages?limit=50`, at: n });
  }
  reads.push({ url: "/api/labels", at: 0 });
  // The oldest was looked at again just now: its other reads stay with it.
  reads.push({ url: "/api/conversations/cnv_0/notes", at: 10_000 });
  expect(tooMany(reads).sort()).toEqual([
    "/api/conversations/cnv_1",
    "/api/conversations/cnv_1/messages?limit=50",
    "/api/conversations/cnv_2",
    "/api/conversations/cnv_2/messages?limit=50",
  ]);
});

it("keeps so many lists and no more", () => {
  const reads = Array.from({ length: 103 }, (_, n) => ({
    url: `/api/conversations?view=open&q=${n}`,
    at: n,
  }));
  expect(tooMany(reads)).toEqual([2, 1, 0].map((n) => `/api/conversations?view=open&q=${n}`));
});
