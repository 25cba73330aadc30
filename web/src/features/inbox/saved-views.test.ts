import { expect, it } from "vitest";
import { NO_FILTER } from "./list-filter.tsx";
import { normalQuery, savedQuery } from "./saved-views.tsx";

it("keeps the part of the inbox and every filter, and nothing else", () => {
  expect(savedQuery("open", NO_FILTER)).toBe("");
  const filter = { q: "late & invoice", channel: "sms", label: "lbl_1", assignee: "mem_1" };
  const query = savedQuery("done", filter);
  expect(query).toBe("part=done&q=late+%26+invoice&channel=sms&label=lbl_1&assignee=mem_1");
  expect(normalQuery(query)).toBe(query);
  expect(normalQuery("channel=sms&part=nonsense&more=1&label=")).toBe("channel=sms");
});
