import { describe, expect, it } from "vitest";
import type { CustomField } from "~/api/types/sets.ts";
import { allColumns, chosenIds, colsOf } from "./columns.tsx";

const plan = { key: "plan", name: "Plan", kind: "text" } as CustomField;

describe("the columns of the contact list", () => {
  it("are the usual ones, unless the address says otherwise", () => {
    const all = allColumns([plan], true);
    expect(colsOf(chosenIds(""), all)).toBe("");
    expect(chosenIds("email,f.plan")).toEqual(["email", "f.plan"]);
  });
  it("stand in one order, however they were chosen", () =>
    expect(colsOf(["f.plan", "icp_score", "email"], allColumns([plan], true))).toBe(
      "email,f.plan,icp_score",
    ));
  it("are still none where none is chosen, and forget a field that is gone", () => {
    const all = allColumns([], true);
    expect(colsOf([], all)).toBe("none");
    expect(colsOf(["f.plan"], all)).toBe("none");
    expect(all.filter(({ id }) => chosenIds("none").includes(id))).toEqual([]);
  });
  it("have no owners where there is one person", () => {
    const all = allColumns([], false);
    expect(all.map(({ id }) => id)).not.toContain("owner");
    expect(colsOf(chosenIds(""), all)).toBe("");
  });
});
