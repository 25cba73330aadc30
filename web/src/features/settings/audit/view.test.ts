import { describe, expect, it } from "vitest";
import type { AuditEntry } from "~/api/types/audit.ts";
import { byDay, pageOf, readView, writeView } from "./view.ts";

const ID = "01jd0m0000000000000000000a";
const entry = (id: string, at: string): AuditEntry => ({
  id,
  at,
  actor: null,
  action: "contact_update",
  subject: "",
  fields: [],
  changes: [],
  address: null,
  key_id: null,
});

describe("what the audit log shows", () => {
  it("comes back from the address as it was written", () => {
    const view = { actor: `mem_${ID}`, action: "dead_letter_replay" };
    expect(readView(writeView(view))).toEqual(view);
    expect(writeView({ actor: "", action: "" }).toString()).toBe("");
  });

  it("leaves out what is neither a person nor a kind", () => {
    expect(readView(new URLSearchParams("person=Rita&kind=a%20b"))).toEqual({ actor: "", action: "" });
  });

  it("links what has a page", () => {
    expect(pageOf(`con_${ID}`)).toBe(`/contacts/con_${ID}`);
    expect(pageOf(`cam_${ID}`)).toBe(`/campaigns/cam_${ID}`);
    expect(pageOf(`cnv_${ID}`)).toBe(`/inbox/open/cnv_${ID}`);
    expect(pageOf(`imp_${ID}`)).toBe(`/import/imp_${ID}`);
    expect(pageOf(`mem_${ID}`)).toBeNull();
    expect(pageOf("")).toBeNull();
  });

  it("puts entries under the day of the zone", () => {
    const now = Date.parse("2026-11-21T10:00:00Z");
    const days = byDay(
      [
        entry("a", "2026-11-21T09:00:00Z"),
        entry("b", "2026-11-20T23:30:00Z"),
        entry("c", "2026-11-20T22:30:00Z"),
        entry("d", "2026-11-19T12:00:00Z"),
        entry("e", "2025-11-19T12:00:00Z"),
      ],
      now,
      "Europe/Oslo",
    );
    expect(days.map(({ name, entries }) => [name, entries.map(({ id }) => id).join("")])).toEqual([
      ["Today", "ab"],
      ["Yesterday", "c"],
      ["Thursday 19 November", "d"],
      ["Wednesday 19 November 2025", "e"],
    ]);
  });
});
