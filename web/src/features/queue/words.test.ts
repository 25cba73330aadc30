import { describe, expect, it } from "vitest";
import type { Draft } from "~/api/types/drafts.ts";
import { holds, isReady, stateOf } from "./words.ts";

const draft = (more: Partial<Draft>): Draft =>
  ({ status: "draft", checks: [], tries: 0, carrier_id: null, reject_reason: null, ...more }) as Draft;

describe("the send queue in words", () => {
  it("says what weighs most against a draft", () => {
    const wait = { code: "window.closed", label: "Quiet hours", text: "", weight: "wait" } as const;
    const stop = { code: "text.tag", label: "Merge tag left", text: "", weight: "stop" } as const;
    expect(stateOf(draft({}))).toEqual({ tone: "good", text: "Ready" });
    expect(stateOf(draft({ checks: [wait] }))).toEqual({ tone: "warn", text: "Quiet hours" });
    expect(stateOf(draft({ checks: [stop, wait] }))).toEqual({ tone: "bad", text: "Merge tag left" });
    expect([isReady(draft({ checks: [wait] })), isReady(draft({ checks: [stop] }))]).toEqual([true, false]);
  });

  it("tells a message on its way to a device from others", () => {
    expect(stateOf(draft({ status: "approved" })).text).toBe("Approved");
    expect(stateOf(draft({ status: "approved", carrier_id: "mem_1" })).text).toBe("Waits for device");
    expect(stateOf(draft({ status: "queued", carrier_id: "mem_1", tries: 1 })).text).toBe("Tried again");
    expect(stateOf(draft({ status: "sending", carrier_id: "mem_1" })).text).toBe("On the device");
  });

  it("puts off until a time that has not come yet", () => {
    for (let day = 1; day <= 14; day += 1) {
      const now = new Date(2026, 5, day, 23, 59).getTime();
      const [hour, four, tomorrow, monday] = holds(now).map(({ at }) => at);
      expect((hour ?? 0) - now).toBe(3_600_000);
      expect((four ?? 0) - now).toBe(4 * 3_600_000);
      expect(tomorrow).toBeGreaterThan(now);
      expect(new Date(monday ?? 0).getDay()).toBe(1);
      expect(monday).toBeGreaterThan(now);
    }
  });
});
