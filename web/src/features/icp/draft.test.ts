import { describe, expect, it } from "vitest";
import {
  asking,
  comparing,
  criteriaOf,
  gapsIn,
  mistakesOf,
  row,
  rowsOf,
  split,
  valuesOf,
  weightOf,
} from "./draft.ts";

describe("a profile while it is edited", () => {
  it("is read and written without a loss, also where a value holds a comma", () => {
    const criteria = [
      {
        label: "Decides",
        field: "title",
        op: "contains" as const,
        values: ["VP", "Head, sales"],
        weight: -20,
      },
      { label: "", field: "phone", op: "exists" as const, values: [], weight: 5 },
    ];
    expect(criteriaOf(rowsOf(criteria))).toEqual(criteria);
  });
  it("counts a value that is still being typed", () => {
    expect(valuesOf(row({ values: ["VP"], typed: " Head of " }))).toEqual(["VP", "Head of"]);
    expect(valuesOf(row({ values: ["VP"], typed: "VP" }))).toEqual(["VP"]);
    expect(valuesOf(row({ op: "missing", values: ["VP"], typed: "x" }))).toEqual([]);
    expect(split("VP, Head of;CEO,\n,")).toEqual(["VP", "Head of", "CEO"]);
  });
  it("says what is not finished", () => {
    const [empty, zero, good] = [
      row(),
      row({ typed: "x", weight: "0" }),
      row({ op: "exists", weight: "−5" }),
    ];
    expect([...gapsIn([empty, zero, good]).keys()]).toEqual([empty.id, zero.id]);
    expect(["+20", "−20", "-3", "x", "1.5", ""].map(weightOf)).toEqual([20, -20, -3, NaN, NaN, NaN]);
  });
  it("puts what the server says beside its row", () => {
    const rows = [row(), row()];
    const told = [
      { field: "criteria[1].values", message: "no" },
      { field: "name", message: "other" },
    ];
    expect([...mistakesOf(told, rows)]).toEqual([[rows[1]?.id, "no"]]);
  });
  it("keeps what still makes sense of another field or way", () => {
    const before = row({ field: "title", op: "contains", values: ["VP"] });
    expect(asking("city", before, [])).toMatchObject({ field: "city", op: "contains", values: [] });
    expect(asking("company.employee_count", before, [])).toMatchObject({ op: "is", values: [] });
    const size = row({ field: "company.employee_count", op: "is", values: ["50", "60"] });
    expect(comparing("more_than", size, [])).toMatchObject({ op: "more_than", values: [], typed: "50" });
  });
});
