import { expect, it } from "vitest";
import { behind, counts, figureOf, figuresOf, OVERLAYS, overlayOf } from "./overlays.ts";

it("counts people or their share, and nobody where the answer has nobody", () => {
  const data = [{ node: "a", people: 1_200 }];
  expect(figureOf(figuresOf("sent", data, 4_800, false), "a")).toBe("1,200");
  expect(figureOf(figuresOf("sent", data, 4_800, true), "a")).toBe("25%");
  expect(figureOf(figuresOf("sent", data, 4_800, false), "b")).toBe("0");
});

it("says nothing at a step that writes nothing", () => {
  const sent = figuresOf("sent", [], 10, false);
  const step = (type: string) => ({ key: "k", type });
  expect([counts(sent, step("wait")), counts(sent, step("sms_send"))]).toEqual([false, true]);
  expect(counts(figuresOf("here", [], 10, false), step("wait"))).toBe(true);
  expect(counts(figuresOf("trouble", [{ node: "k", people: 1 }], 10, false), step("wait"))).toBe(true);
});

it("leads to the people behind a number, also where a key has odd signs", () => {
  expect(behind("cmp_1", "a&b", "won")).toBe("/campaigns/cmp_1/people?overlay=won&node=a%26b");
  expect(behind("cmp_1", "a", null)).toBe("/campaigns/cmp_1/people?node=a");
});

it("knows six overlays, and no others", () => {
  expect(OVERLAYS.map(({ value }) => value)).toEqual(["here", "sent", "opened", "replied", "trouble", "won"]);
  expect([overlayOf("won"), overlayOf("lost"), overlayOf(null)]).toEqual(["won", null, null]);
});
