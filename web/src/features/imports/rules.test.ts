import { describe, expect, it } from "vitest";
import { ApiError } from "~/api/errors.ts";
import {
  firstRules,
  isAboutColumns,
  keysOf,
  MOST_TAGS,
  ruledColumns,
  savedOf,
  startOf,
  withColumn,
  withTag,
} from "./rules.ts";

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
    ...firstRules("NO"),
    byColumn: { Room: "skip", Gone: "fill" },
    leaveOut: ["Room", "Gone"],
    tags: ["VIP"],
    list: "",
  } as const;
  expect(startOf({ Mail: "email", Room: "custom.room" }, rules)).toEqual({
    mapping: { Mail: "email", Room: "custom.room" },
    default_country: "NO",
    match_by: "email_then_phone",
    without_key: "create",
    on_match: "fill",
    on_match_columns: { Room: "skip" },
    leave_out: ["Room"],
    tags: ["VIP"],
    list_id: null,
    owner_ids: [],
    consent: null,
  });
  expect(startOf({}, { ...rules, list: "lst_1" }).list_id).toBe("lst_1");
});

it("finds people only by what a column holds", () => {
  expect(keysOf({ Mail: "email", Tel: "ignore" })).toEqual(["email_then_phone", "email"]);
  expect(keysOf({ Mail: "email", Tel: "phone" })).toEqual(["email_then_phone", "email", "phone"]);
  const rules = { ...firstRules("NO"), matchBy: "phone", withoutKey: "reject" } as const;
  expect(startOf({ Mail: "email", Tel: "phone" }, rules)).toMatchObject({
    match_by: "phone",
    without_key: "reject",
  });
  // Chosen for another file, which had phone numbers.
  expect(startOf({ Mail: "email" }, rules)).toMatchObject({
    match_by: "email_then_phone",
    without_key: "create",
  });
});

it("says of one file alone whose people are and what they agreed to", () => {
  const agreed = { channels: ["email"], source: "Fair", day: "" } as const;
  const rules = { ...firstRules("NO"), owners: ["mem_1"], agreed };
  expect(startOf({ Mail: "email" }, rules)).toMatchObject({
    owner_ids: ["mem_1"],
    consent: { channels: ["email"], source: "Fair" },
  });
  expect(savedOf({ Mail: "email" }, rules)).not.toHaveProperty("owner_ids");
  expect(savedOf({ Mail: "email" }, rules)).not.toHaveProperty("consent");
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
    ...firstRules("NO"),
    byColumn: { Tel: "skip" },
  } as const;
  expect(withColumn(rules, "Room", "overwrite")).toEqual({ Tel: "skip", Room: "overwrite" });
  expect(withColumn(rules, "Tel", "")).toEqual({});
});
