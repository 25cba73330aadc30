import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gatherer, LIVE_EVENTS, type Stale, staleAfter } from "./live-map.ts";

describe("what an event makes stale", () => {
  it("is only the thread that it is about, and the lists that show it", () => {
    const keys = staleAfter("new:message", { conversation_id: "cnv_1" });
    expect(keys).toContainEqual(["messages", "cnv_1"]);
    expect(keys).toContainEqual(["conversations"]);
    expect(keys).not.toContainEqual(["messages"]);
  });
  it("leaves the inbox list alone for a receipt", () =>
    expect(staleAfter("message:delivered", { conversation_id: "cnv_1" })).not.toContainEqual([
      "conversations",
    ]));
  it("finds one campaign and the list", () =>
    expect(staleAfter("campaign:updated", { campaign_id: "cam_1" })).toEqual([
      ["campaign", "cam_1"],
      ["campaigns"],
    ]));
  it("refreshes the contacts when an import is done", () =>
    expect(staleAfter("job.completed", { kind: "contacts_import" })).toContainEqual(["contacts"]));
  it("follows the undoing of an import, and says in the list of imports that it began", () => {
    expect(staleAfter("job.queued", { kind: "import_undo" })).toContainEqual(["imports"]);
    expect(staleAfter("job.progress", { kind: "import_undo" })).toEqual([["jobs"], ["import"]]);
    for (const key of ["import", "imports"])
      expect(staleAfter("job.completed", { kind: "import_undo" })).toContainEqual([key]);
  });
  it("follows one action on many contacts to its end", () => {
    expect(staleAfter("job.progress", { kind: "bulk" })).toEqual([["jobs"], ["bulk"]]);
    for (const kind of ["bulk", "bulk_undo"])
      for (const key of ["bulk", "contacts", "tags", "lists", "conversations"])
        expect(staleAfter("job.completed", { kind })).toContainEqual([key]);
  });
  it("refreshes the lists of contacts when people enter or leave a segment", () =>
    expect(staleAfter("segments:updated", {})).toEqual([["segments"], ["contacts"], ["timeline"], ["icp"]]));
  it("knows every event, with and without ids", () => {
    for (const event of LIVE_EVENTS) expect(staleAfter(event, {}).length).toBeGreaterThan(0);
  });
});

describe("the gatherer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("tells a storm of events as a few refreshes, and loses none of its keys", () => {
    const flushed: Stale[][] = [];
    const gatherer = new Gatherer(
      (keys) => flushed.push(keys),
      1000,
      () => Date.now(),
    );
    for (let i = 0; i < 5000; i += 1) {
      gatherer.add([["stats"], ["messages", `cnv_${i % 3}`]]);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(2000);
    expect(flushed.length).toBeLessThanOrEqual(7);
    const all = new Set(flushed.flat().map((key) => key.join("/")));
    expect([...all].sort()).toEqual(["messages/cnv_0", "messages/cnv_1", "messages/cnv_2", "stats"]);
  });
  it("says the first thing at once", () => {
    const flushed: Stale[][] = [];
    const gatherer = new Gatherer(
      (keys) => flushed.push(keys),
      1000,
      () => Date.now(),
    );
    gatherer.add([["stats"]]);
    vi.advanceTimersByTime(100);
    expect(flushed).toEqual([[["stats"]]]);
  });
  it("says nothing after it was stopped", () => {
    const flush = vi.fn();
    const gatherer = new Gatherer(flush, 1000, () => Date.now());
    gatherer.add([["stats"]]);
    gatherer.stop();
    vi.advanceTimersByTime(5000);
    expect(flush).not.toHaveBeenCalled();
  });
});
