import { beforeEach, expect, it, vi } from "vitest";

const held = new Map<string, { id: string }>();
vi.mock("./device-db.ts", () => ({
  readAll: async () => [...held.values()].map((value) => structuredClone(value)),
  write: async (_: string, value: { id: string }) => {
    held.set(value.id, structuredClone(value));
    return true;
  },
  erase: async (_: string, id: string) => void held.delete(id),
  eraseAll: async () => held.clear(),
}));
vi.mock("./exclusive.ts", () => ({ exclusively: (_: string, work: () => unknown) => work() }));

const { forgetWaiting, putWaiting, sendWaiting, waitAgain, waiting, waitingOf, withdraw } = await import(
  "./waiting.ts"
);
type Sent = { id: string };
const action = (id: string, conversationId = "cnv_1") => ({
  id,
  conversationId,
  path: `/api/conversations/${conversationId}/done`,
  body: {},
  words: "Done",
  isKeyed: true,
});

beforeEach(async () => {
  await forgetWaiting();
  await waitingOf("wsp_1", "mem_1");
});

it("sends in order, once each, and stops where the server is away", async () => {
  for (const id of ["a", "b", "c"]) await putWaiting(action(id));
  await withdraw("b");
  const tried: string[] = [];
  const away = await sendWaiting(async ({ id }: Sent) => {
    tried.push(id);
    return { state: tried.length === 1 ? "taken" : "away" };
  });
  expect([tried, away, waiting.get().map(({ id, state }) => `${id} ${state}`)]).toEqual([
    ["a", "c"],
    1,
    ["c waiting"],
  ]);
  await sendWaiting(async ({ id }: Sent) => {
    tried.push(id);
    return { state: "taken" };
  });
  expect([tried, held.size]).toEqual([["a", "c", "c"], 0]);
});

it("keeps what was refused with its reason, and what was to follow it", async () => {
  await putWaiting(action("a"));
  await putWaiting(action("b"));
  await putWaiting(action("c", "cnv_2"));
  const send = async ({ id }: Sent) =>
    id === "a" ? ({ state: "refused", error: "No." } as const) : ({ state: "taken" } as const);
  expect(await sendWaiting(send)).toBe(1);
  expect(waiting.get().map(({ id, state, error }) => [id, state, error])).toEqual([
    ["a", "refused", "No."],
    ["b", "waiting", null],
  ]);
  await waitAgain("a");
  expect(await sendWaiting(async () => ({ state: "taken" }))).toBe(2);
});

it("shows and sends nothing of another member", async () => {
  await putWaiting(action("a"));
  await waitingOf("wsp_1", "mem_2");
  expect(waiting.get()).toEqual([]);
  expect(await sendWaiting(async () => ({ state: "taken" }))).toBe(0);
  await waitingOf("wsp_1", "mem_1");
  expect(waiting.get().length).toBe(1);
});
