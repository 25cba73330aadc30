import { describe, expect, it } from "vitest";
import type { Rule } from "~/api/types/sets.ts";
import { added, changed, draftOf, gapsIn, group, mistakesOf, neighbour, question, ruleOf } from "./draft.ts";

const oslo: Rule = { field: "city", op: "is", value: "Oslo" };
const opened: Rule = { event: "opened", campaign_id: "cam_1", within_days: 30 };

describe("a rule as rows", () => {
  it.each<[string, Rule]>([
    ["one row", { all: [oslo] }],
    [
      "every kind of row",
      { all: [oslo, { set_id: "tag_1" }, { set_id: "lst_1" }, opened, { event: "replied" }] },
    ],
    ["a field without a value", { any: [{ field: "title", op: "missing" }] }],
    ["a custom field", { all: [{ field: "custom.size", op: "more_than", value: "50" }] }],
    ["a row that must not hold", { all: [{ not: { set_id: "tag_1" } }, { not: opened }] }],
    ["groups in groups", { any: [{ all: [oslo, { any: [oslo, { set_id: "lst_1" }] }] }, oslo] }],
    ["a group that must not hold", { all: [oslo, { not: { any: [{ set_id: "tag_1" }, oslo] } }] }],
    ["all of it turned around", { not: { all: [oslo, { not: { set_id: "tag_1" } }] } }],
    ["nothing", { all: [] }],
  ])("comes back as it went: %s", (_, rule) => expect(ruleOf(draftOf(rule)).rule).toEqual(rule));

  it.each<[string, Rule, Rule]>([
    ["a row alone stands in a group", oslo, { all: [oslo] }],
    ["so does one that must not hold", { not: oslo }, { all: [{ not: oslo }] }],
    ["not and not is nothing", { all: [{ not: { not: oslo } }] }, { all: [oslo] }],
    ["blanks around a value go", { all: [{ ...oslo, value: " Oslo " }] }, { all: [oslo] }],
  ])("means the same: %s", (_, rule, same) => expect(ruleOf(draftOf(rule)).rule).toEqual(same));
});

describe("what is wrong with a row", () => {
  const rule: Rule = { all: [oslo, { not: { any: [{ set_id: "tag_1" }, { not: oslo }] } }] };
  const draft = draftOf(rule);
  const { places } = ruleOf(draft);
  const second = draft.parts[1];
  const inner = second && "parts" in second ? second.parts : [];
  it.each<[string, number | undefined]>([
    ["rule", draft.id],
    ["rule.all[0].value", draft.parts[0]?.id],
    ["rule.all[1]", second?.id],
    ["rule.all[1].not.any[0].in", inner[0]?.id],
    ["rule.all[1].not.any[1].not.value", inner[1]?.id],
  ])("stands beside it: %s", (field, id) =>
    expect([...mistakesOf([{ field, message: "No" }], places)]).toEqual([[id, "No"]]),
  );
  it("is not said where it is about something else", () =>
    expect(mistakesOf([{ field: "name", message: "No" }], places).size).toBe(0));
});

describe("a row that is not finished", () => {
  it.each<[string, Rule, string[]]>([
    ["has no value", { ...oslo, value: "  " }, ["Say what to compare with"]],
    ["needs none", { field: "city", op: "exists" }, []],
    ["names no tag", { set_id: "" }, ["Choose a tag"]],
    [
      "counts no days",
      { field: "created_at", op: "within_days", value: "soon" },
      ["Write a number of days from 1 to 3650"],
    ],
    ["counts too many", { event: "sent", within_days: 4000 }, ["Write a number of days from 1 to 3650"]],
    ["is an empty group", { any: [] }, ["Add a condition, or remove the group"]],
  ])("%s", (_, rule, gaps) => expect([...gapsIn(draftOf({ all: [rule] })).values()]).toEqual(gaps));
});

it("changes one part and leaves the others", () => {
  const row = question({ what: "tag", set: "tag_1" });
  const inner = group("any", [row]);
  const draft = group("all", [draftOf(oslo).parts[0] ?? row, inner]);
  const more = added(draft, inner.id, question({ what: "list", set: "lst_1" }));
  expect(ruleOf(more).rule).toEqual({ all: [oslo, { any: [{ set_id: "tag_1" }, { set_id: "lst_1" }] }] });
  expect(ruleOf(changed(more, row.id, () => null)).rule).toEqual({
    all: [oslo, { any: [{ set_id: "lst_1" }] }],
  });
  expect(ruleOf(changed(draft, draft.id, (whole) => ({ ...whole, not: true }))).rule).toHaveProperty("not");
});

it("gives the focus to what is nearest when a row goes", () => {
  const rows = ["a", "b", "c"].map((value) => question({ what: "field", field: "city", op: "is", value }));
  const [a, b, c] = rows.map(({ id }) => id);
  const inner = group("any", rows);
  const draft = group("all", [inner]);
  expect([a, b, c].map((id) => neighbour(draft, id ?? 0))).toEqual([b, c, b]);
  expect(neighbour(draft, inner.id)).toBe(draft.id);
});
