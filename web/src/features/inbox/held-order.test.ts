import { describe, expect, it } from "vitest";
import { heldOrder } from "./held-order.ts";

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const ids = (list: readonly { id: string }[]) => list.map((item) => item.id).join("");

describe("a list under the pointer", () => {
  it("keeps its order and counts what waits above", () => {
    const held = heldOrder(rows("a", "b", "c"), rows("n", "c", "a", "b"), true, undefined);
    expect(ids(held.shown)).toBe("abc");
    expect(held.waiting).toBe(1);
  });
  it("takes further pages, which move nothing", () => {
    const held = heldOrder(rows("a", "b"), rows("a", "b", "c", "d"), true, undefined);
    expect(ids(held.shown)).toBe("abcd");
    expect(held.waiting).toBe(0);
  });
  it("lets go of what is gone", () =>
    expect(ids(heldOrder(rows("a", "b"), rows("b"), true, undefined).shown)).toBe("b"));
  it("shows the new contents of known items", () => {
    const held = heldOrder([{ id: "a", n: 1 }], [{ id: "a", n: 2 }], true, undefined);
    expect(held.shown).toEqual([{ id: "a", n: 2 }]);
  });
});

describe("a list that nobody points at", () => {
  it("is simply the newest", () =>
    expect(ids(heldOrder(rows("a", "b"), rows("n", "b", "a"), false, undefined).shown)).toBe("nba"));
  it("keeps what is being read in its place, even when it was just read", () =>
    expect(ids(heldOrder(rows("a", "b", "c"), rows("a", "c"), false, "b").shown)).toBe("abc"));
});
