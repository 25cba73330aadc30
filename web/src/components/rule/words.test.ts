import { expect, it } from "vitest";
import type { CustomField, Rule } from "~/api/types/sets.ts";
import { type Names, ruleWords } from "./words.ts";

const size = { key: "size", name: "Company size", kind: "number", choices: [] } as unknown as CustomField;
const called: Record<string, string> = { tag_1: "VIP", lst_1: "Press", cam_1: "Spring" };
const names: Names = { fields: [size], of: (id) => called[id] };
const oslo: Rule = { field: "city", op: "is", value: "Oslo" };

it.each<[Rule, string]>([
  [{ all: [oslo] }, "City is Oslo"],
  [
    { all: [oslo, { any: [{ set_id: "tag_1" }, { set_id: "lst_1" }] }] },
    "City is Oslo and (tag VIP or on the list Press)",
  ],
  [
    { any: [{ not: { set_id: "tag_1" } }, { not: { set_id: "lst_1" } }] },
    "without the tag VIP or not on the list Press",
  ],
  [{ all: [{ field: "custom.size", op: "more_than", value: "50" }] }, "Company size is more than 50"],
  [{ not: { field: "title", op: "contains", value: "CEO" } }, "Title does not contain CEO"],
  [{ field: "created_at", op: "within_days", value: "7" }, "Added is in the last 7 days"],
  [{ not: { any: [oslo, { set_id: "tag_1" }] } }, "not (City is Oslo or tag VIP)"],
  [
    { event: "opened", campaign_id: "cam_1", within_days: 30 },
    "opened a message of Spring in the last 30 days",
  ],
  [{ not: { event: "replied" } }, "did not answer a message"],
  [{ all: [] }, "everybody"],
  [{ not: { all: [] } }, "nobody"],
])("%j", (rule, said) => expect(ruleWords(rule, names)).toBe(said));
