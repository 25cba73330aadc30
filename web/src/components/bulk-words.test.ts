import { describe, expect, it } from "vitest";
import type { BulkAction, BulkChange, BulkUndo } from "~/api/types/bulk.ts";
import { doing, outcome, standing } from "./bulk-words.ts";

const ACTIONS: Record<BulkChange["kind"], BulkChange> = {
  add_tag: { kind: "add_tag", tag_id: "tag_1" },
  remove_tag: { kind: "remove_tag", tag_id: "tag_1" },
  add_to_list: { kind: "add_to_list", list_id: "lst_1" },
  remove_from_list: { kind: "remove_from_list", list_id: "lst_1" },
  set_status: { kind: "set_status", status: "Declined" },
  assign: { kind: "assign", owner_id: "mem_1" },
  delete: { kind: "delete" },
};
const bulk = (kind: BulkChange["kind"], part: Partial<BulkAction> = {}): BulkAction => ({
  id: "blk_1",
  job_id: "job_1",
  owner_id: "mem_2",
  action: ACTIONS[kind],
  target: kind === "set_status" || kind === "delete" ? null : "VIP",
  status: "completed",
  error: null,
  progress: 1,
  total: 1240,
  changed: 1240,
  unchanged: 0,
  created_at: "2026-06-15T10:00:00.000Z",
  completed_at: "2026-06-15T10:00:01.000Z",
  undo: null,
  ...part,
});
const undo = (part: Partial<BulkUndo>): BulkUndo => ({
  status: "done",
  until: "2026-07-15T10:00:00.000Z",
  progress: 1,
  undone: 0,
  left_alone: 0,
  job_id: "job_2",
  at: null,
  ...part,
});

describe("what is said of one action on many", () => {
  it.each<[BulkChange["kind"], string]>([
    ["add_tag", "Putting VIP on 1,240 contacts"],
    ["remove_tag", "Taking VIP off 1,240 contacts"],
    ["add_to_list", "Putting 1,240 contacts on VIP"],
    ["remove_from_list", "Taking 1,240 contacts off VIP"],
    ["set_status", "Setting 1,240 contacts to Declined"],
    ["assign", "Handing 1,240 contacts over to VIP"],
    ["delete", "Deleting 1,240 contacts"],
  ])("while it goes on: %s", (kind, said) => {
    expect(doing(bulk(kind))).toBe(said);
    expect(standing(bulk(kind, { status: "processing", changed: 3 }))).toBe(said);
  });
  it.each<[BulkChange["kind"], number, string]>([
    ["add_tag", 1, "1 contact got VIP."],
    ["add_tag", 0, "All of them had VIP already."],
    ["remove_tag", 3, "VIP is off 3 contacts."],
    ["remove_tag", 0, "None of them had VIP."],
    ["add_to_list", 2, "2 contacts went on VIP."],
    ["add_to_list", 0, "All of them were on VIP already."],
    ["remove_from_list", 1, "1 contact went off VIP."],
    ["remove_from_list", 0, "None of them was on VIP."],
    ["set_status", 1, "1 contact is set to Declined."],
    ["set_status", 0, "All of them were Declined already."],
    ["assign", 1, "1 contact changed hands: VIP has it now."],
    ["assign", 2, "2 contacts changed hands: VIP has them now."],
    ["assign", 0, "VIP had all of them already."],
    ["delete", 1, "1 contact is deleted."],
    ["delete", 1240, "1,240 contacts are deleted."],
  ])("when it is over: %s, %i", (kind, changed, said) => {
    expect(outcome(bulk(kind, { changed }))).toBe(said);
    expect(standing(bulk(kind, { changed }))).toBe(said);
  });
  it("when it ended before its time", () => {
    expect(standing(bulk("add_tag", { status: "cancelled", changed: 7 }))).toBe(
      "Stopped. 7 contacts got VIP.",
    );
    expect(standing(bulk("add_tag", { status: "failed", changed: 0, error: "The tag is gone" }))).toBe(
      "The tag is gone. Nobody was changed.",
    );
  });
  it("when who was deleted is back", () => {
    expect(standing(bulk("delete", { undo: undo({ undone: 1240 }) }))).toBe(
      "Undone: 1,240 contacts are back as before.",
    );
    expect(standing(bulk("delete", { undo: undo({ undone: 1, left_alone: 2 }) }))).toBe(
      "Undone: 1 contact is back as before. 2 were left out: somebody else has their address by now, or they were erased.",
    );
    expect(standing(bulk("delete", { undo: undo({ left_alone: 1 }) }))).toBe(
      "Nobody came back. 1 was left out: somebody else has their address by now, or they were erased.",
    );
  });
  it("when it is undone", () => {
    expect(standing(bulk("add_tag", { undo: undo({ undone: 1240 }) }))).toBe(
      "Undone: 1,240 contacts are as before.",
    );
    expect(standing(bulk("add_tag", { undo: undo({ undone: 1, left_alone: 2 }) }))).toBe(
      "Undone: 1 contact is as before. 2 were left alone: changed by somebody since, or gone.",
    );
    expect(standing(bulk("add_tag", { undo: undo({ left_alone: 1 }) }))).toBe(
      "Nobody was as it had left them. 1 was left alone: changed by somebody since, or gone.",
    );
    expect(standing(bulk("add_tag", { undo: undo({ status: "running" }) }))).toBe(
      "Undoing it for 1,240 contacts",
    );
  });
});
