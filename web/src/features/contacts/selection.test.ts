import { describe, expect, it } from "vitest";
import { canTakeAll, has, NOTHING, sizeOf, toggled, toggledRows, whoOf, within } from "./selection.ts";
import { readView } from "./view.ts";

const rows = [{ id: "a" }, { id: "b" }, { id: "c" }];
const ids = (selection: ReturnType<typeof toggled>) =>
  selection === "all" ? "all" : [...selection].join("");
const view = (query: string) => readView(new URLSearchParams(query));
const ANN = "mem_01jd0m0000000000000000000a";

describe("what is ticked in the contact list", () => {
  it("is ticked and unticked row by row", () => {
    const one = toggled(NOTHING, "b", rows);
    expect([ids(one), has(one, "b"), has(one, "a"), sizeOf(one, 300)]).toEqual(["b", true, false, 1]);
    expect(ids(toggled(toggled(one, "c", rows), "b", rows))).toBe("c");
  });
  it("is the whole list and nothing in turn", () => {
    const all = toggledRows(new Set(["a"]), rows);
    expect(ids(all)).toBe("abc");
    expect(ids(toggledRows(all, rows))).toBe("");
    expect(ids(toggledRows("all", rows))).toBe("");
  });
  it("goes from everything back to the rows that are there", () => {
    expect(sizeOf("all", 300)).toBe(300);
    expect(ids(toggled("all", "a", rows))).toBe("bc");
  });
  it("forgets what left the list", () => {
    expect(ids(within(new Set(["a", "x"]), rows))).toBe("a");
    expect(within("all", rows)).toBe("all");
    const same = new Set(["a"]);
    expect(within(same, rows)).toBe(same);
  });
});

describe("what is ticked, for the server", () => {
  it("is ids, or the filters", () => {
    expect(whoOf(new Set(["a", "b"]), view("q=x"), ANN)).toEqual({ contact_ids: ["a", "b"] });
    expect(whoOf("all", view("q=x&status=New&import=imp_1"), ANN)).toEqual({
      search: "x",
      status: "New",
      import_id: "imp_1",
    });
    expect(whoOf("all", view("campaign=cam_1"), ANN)).toEqual({ campaign_id: "cam_1" });
    expect(whoOf("all", view("owner=me"), ANN)).toEqual({ owner_id: ANN });
    expect(whoOf("all", view(`set_id=seg_1&rule=${encodeURIComponent('{"set_id":"tag_1"}')}`), ANN)).toEqual({
      set_id: "seg_1",
      rule: { set_id: "tag_1" },
    });
    expect(whoOf("all", view(""), ANN)).toEqual({ all: true });
  });
  it("cannot be all that a rule finds that nobody can read", () => {
    expect(canTakeAll(view("owner=me&campaign=cam_1"))).toBe(true);
    expect(canTakeAll(view("rule=%7B"))).toBe(false);
  });
});
