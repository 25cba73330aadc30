import { describe, expect, it } from "vitest";
import { ApiError } from "~/api/errors.ts";
import { isAboutColumns, MOST_TAGS, ruledColumns, startOf, withColumn, withTag } from "./rules.ts";

describe("the tags of an import", () => {
  it("have each name once, whatever its case, and without the space around it", () => {
    expect(withTag(["VIP"], " Speaker ")).toEqual(["VIP", "Speaker"]);
    expect(withTag(["VIP"], "vip")).toEqual(["VIP"]);
    expect(withTag(["VIP"], "  ")).toEqual(["VIP"]);
  });
  it("are at most as many as the server takes", () => {
    const full = Array.from({ length: MOST_TAGS }, (_, at) => `Tag ${at}`);
    expect(withTag(full.slice(1), "More")).toHaveLength(MOST_TAGS);
    expect(withTag(full, "More")).toEqual(full);
  });
});

it("sends no list where none is chosen", () => {
  const rules = {
    country: "NO",
    onMatch: "fill",
    byColumn: { Room: "skip", Gone: "fill" },
    leaveOut: ["Room", "Gone"],
    tags: ["VIP"],
    list: "",
  } as const;
  expect(startOf({ Mail: "email", Room: "custom.room" }, rules)).toEqual({
    mapping: { Mail: "email", Room: "custom.room" },
    default_country: "NO",
    on_match: "fill",
    on_match_columns: { Room: "skip" },
    leave_out: ["Room"],
    tags: ["VIP"],
    list_id: null,
  });
  expect(startOf({}, { ...rules, list: "lst_1" }).list_id).toBe("lst_1");
});

it("leads back to the columns only where one of them is refused", () => {
  const refused = (field: string) =>
    new ApiError({ status: 422, message: "No.", fields: [{ field, message: "No." }] });
  expect(isAboutColumns(refused("mapping.Room"))).toBe(true);
  expect(isAboutColumns(refused("tags"))).toBe(false);
  expect(isAboutColumns(new Error("No."))).toBe(false);
});

it("lets every column but the e-mail address have a rule of its own", () => {
  expect(ruledColumns({ Mail: "email", Tel: "phone", Notes: "ignore", Room: "custom.room" })).toEqual([
    "Tel",
    "Room",
  ]);
  const rules = {
    country: "NO",
    onMatch: "fill",
    byColumn: { Tel: "skip" },
    leaveOut: [],
    tags: [],
    list: "",
  } as const;
  expect(withColumn(rules, "Room", "overwrite")).toEqual({ Tel: "skip", Room: "overwrite" });
  expect(withColumn(rules, "Tel", "")).toEqual({});
});
