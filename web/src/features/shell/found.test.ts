import { expect, it } from "vitest";
import { foundEntries } from "./found.ts";

it("leads a target to its place among the others, and says where they work", () => {
  const nothing = {
    contacts: [],
    companies: [],
    targets: [],
    conversations: [],
    campaigns: [],
    corrected: null,
  };
  const targets = [{ id: "tgt_1", name: "Zoë & Co", company: "Acme", state: "ready" as const }];
  expect(foundEntries({ ...nothing, targets })).toEqual([
    {
      id: "tgt_1",
      label: "Zoë & Co",
      note: "Acme",
      group: "Targets",
      icon: "flag",
      to: "/targets?q=Zo%C3%AB%20%26%20Co",
    },
  ]);
  expect(foundEntries(undefined)).toEqual([]);
});
