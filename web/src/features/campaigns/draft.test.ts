import { expect, it } from "vitest";
import { type CampaignDraft, readyFor, toInput } from "./draft.ts";

const draft: CampaignDraft = {
  funnelId: "fun_1",
  funnelName: "Tour",
  audience: "all",
  importId: "",
  search: "",
  status: "",
  name: " Spring ",
  windows: [],
  emailSender: "",
  smsSender: "snd_1",
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
    sms_sender_id: "snd_1",
  });
  expect(toInput({ ...draft, audience: "search", search: " oslo " }).audience).toEqual({ search: "oslo" });
});
