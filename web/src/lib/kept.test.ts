import { expect, it, vi } from "vitest";

const held = new Map<string, { url: string }>();
vi.mock("./device-db.ts", () => ({
  readAll: async () => [...held.values()],
  readOne: async (_: string, url: string) => held.get(url) ?? null,
  write: async (_: string, value: { url: string }) => {
    held.set(value.url, value);
    return true;
  },
  erase: async (_: string, url: string) => void held.delete(url),
  eraseAll: async () => held.clear(),
}));

const { forgetKept, keep, keepFor, keptAt, KEPT_CONVERSATIONS, recallKept, shownSince, tooMany } =
  await import("./kept.ts");

it("keeps what one member read in one workspace, and gives it to nobody else", async () => {
  await keep("/api/labels", { of: "nobody yet" });
  expect(held.size).toBe(0);
  await keepFor("wsp_1", "mem_1");
  await keep("/api/labels", { of: "one" });
  await keep("/api/campaigns", { of: "no matter" });
  expect([...held.keys()]).toEqual(["/api/labels"]);
  const read = await recallKept<object>("/api/labels");
  expect(read).toEqual({ of: "one" });
  expect(keptAt(read ?? {})).toBe(shownSince.get());
  // The same person elsewhere: at once, and also while the old is still being taken away.
  const leaving = keepFor("wsp_2", "mem_2");
  expect(await recallKept("/api/labels")).toBeNull();
  await leaving;
  expect(held.size).toBe(0);
  await keep("/api/labels", { of: "two" });
  await forgetKept();
  expect([held.size, await recallKept("/api/labels"), shownSince.get()]).toEqual([0, null, null]);
});

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
