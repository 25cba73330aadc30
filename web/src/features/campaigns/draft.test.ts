import { expect, it } from "vitest";
import { audienceDraft, audienceOf, type CampaignDraft, EVERYBODY, readyFor, toInput } from "./draft.ts";
import { NO_RULES } from "./rules-draft.ts";

const draft: CampaignDraft = {
  funnelId: "fun_1",
  funnelName: "Tour",
  audience: "all",
  importId: "",
  setId: "",
  search: "",
  status: "",
  name: " Spring ",
  windows: [],
  onHolidays: false,
  lateness: "skip",
  continuous: true,
  endsForCompany: true,
  rules: { ...NO_RULES, approval: "first", gap: "14" },
  dailyCap: "1,000",
  senders: [{ sender_id: "snd_1", weight: 2 }],
};

it("asks for a template and for people before the schedule", () => {
  expect(readyFor({ ...draft, funnelId: "" }, "audience")).toBe(false);
  expect(readyFor({ ...draft, audience: "import" }, "schedule")).toBe(false);
  expect(readyFor({ ...draft, audience: "search" }, "schedule")).toBe(false);
  expect(readyFor({ ...draft, audience: "search", status: "Messaged" }, "schedule")).toBe(true);
});

it("becomes the request without what was left open", () => {
  expect(toInput(draft)).toEqual({
    name: "Spring",
    funnel_id: "fun_1",
    audience: { all: true },
    windows: [],
    on_holidays: false,
    lateness: "skip",
    continuous: false,
    ends_for_company: true,
    daily_cap: 1000,
    senders: [{ sender_id: "snd_1", weight: 2 }],
    approval: "first",
    exclusive: false,
    gap_days: 14,
    event: null,
  });
  expect(toInput({ ...draft, audience: "search", search: " oslo " }).audience).toEqual({ search: "oslo" });
});

it.each([{ all: true }, { import_id: "imp_1" }, { set_id: "seg_1" }, { search: "oslo", status: "Messaged" }])(
  "shows a stored audience as it was chosen: %j",
  (stored) => {
    const shown = audienceDraft(stored);
    expect(shown && audienceOf(shown)).toEqual(stored);
  },
);

it("does not pretend to show what it has no choice for", () => {
  const rule = { set_id: "tag_1" };
  const stored = [
    { contact_ids: ["con_1"] },
    { rule },
    { owner_id: "mem_1" },
    { set_id: "tag_1", search: "x" },
  ];
  expect(stored.map(audienceDraft)).toEqual([null, null, null, null]);
  expect(readyFor({ ...draft, ...EVERYBODY, audience: "set" }, "schedule")).toBe(false);
});
