import { beforeAll, describe, expect, it } from "vitest";
import type { ImportUndo } from "~/api/types/imports.ts";
import { setHomeZone } from "~/lib/format.ts";
import { putOnWords, stillThere, undoneWords, undoPlan, untilWords } from "./undo.ts";

const undo = (part: Partial<ImportUndo>): ImportUndo => ({
  status: "possible",
  until: "2026-12-22T09:12:00Z",
  progress: 0,
  removed: 0,
  restored: 0,
  edited: 0,
  in_use: 0,
  at: null,
  ...part,
});
const named = (...names: string[]) => names.map((name) => ({ id: name, name }));
const NOTHING = { tags: [], list: null };
const STAY = "Contacts that somebody has changed since stay as they are.";
const NEW_STAY = `${STAY} So do new ones that are in a campaign, or that there are messages with.`;

beforeAll(() => setHomeZone("Europe/Oslo"));

describe("what undoing did", () => {
  it("counts who went and who has their values back", () => {
    expect(undoneWords(undo({ removed: 1200, restored: 3 }), NOTHING)).toBe(
      "1,200 contacts were removed, and 3 got their earlier values back.",
    );
    expect(undoneWords(undo({ removed: 1 }), NOTHING)).toBe("1 contact was removed.");
    expect(undoneWords(undo({ restored: 1 }), NOTHING)).toBe("1 contact got its earlier values back.");
  });
  it("says that tags came off where nothing else was to be done", () => {
    expect(undoneWords(undo({}), { tags: named("VIP"), list: null })).toBe("The tag “VIP” came off again.");
    expect(undoneWords(undo({}), NOTHING)).toBe("No contact was changed.");
  });
  it("says who stayed, and why", () => {
    expect(undoneWords(undo({ removed: 2, edited: 1, in_use: 4 }), NOTHING)).toBe(
      "2 contacts were removed. 1 contact stayed as it is: somebody has changed it since. 4 contacts stayed because they are in a campaign or there are messages with them.",
    );
    expect(undoneWords(undo({ edited: 2, in_use: 1 }), NOTHING)).toBe(
      "No contact was changed. 2 contacts stayed as they are: somebody has changed them since. 1 contact stayed because it is in a campaign or there are messages with it.",
    );
  });
});

describe("what undoing will do", () => {
  it("is one line for each thing that the import did", () =>
    expect(
      undoPlan({
        created: 198,
        updated: 1,
        tags: named("VIP", "Speaker"),
        list: { id: "lst_1", name: "Guests" },
        undo: undo({}),
      }),
    ).toEqual([
      "198 contacts that it made are removed.",
      "1 contact that it changed gets its earlier values back.",
      "The tags “VIP” and “Speaker” and the list “Guests” come off everybody who got them from this import.",
      NEW_STAY,
    ]));
  it("leaves out what it did not do, and what an earlier try has undone", () => {
    expect(undoPlan({ created: 0, updated: 2, tags: named("VIP"), list: null, undo: undo({}) })).toEqual([
      "2 contacts that it changed get their earlier values back.",
      "The tag “VIP” comes off everybody who got it from this import.",
      STAY,
    ]);
    const half = undo({ removed: 9, restored: 7, at: "2026-11-22T09:12:00Z" });
    expect(undoPlan({ created: 10, updated: 5, tags: [], list: null, undo: half })).toEqual([
      "1 contact that it made is removed.",
      NEW_STAY,
    ]);
  });
  it("says that what they agreed to is taken back", () => {
    const consent = { channels: ["email" as const], source: "Fair" };
    const only = { created: 0, updated: 0, ...NOTHING, consent, undo: undo({}) };
    expect(undoPlan(only)).toEqual(["What they agreed to by this file is taken back.", STAY]);
    expect(undoneWords(undo({}), { ...NOTHING, consent })).toBe("What they agreed to by it was taken back.");
  });
  it("names what was put on", () => {
    expect(putOnWords({ tags: [], list: null })).toBe("");
    const list = { id: "lst_1", name: "Guests" };
    expect(putOnWords({ tags: named("A", "B", "C"), list: null })).toBe("the tags “A”, “B” and “C”");
    expect(putOnWords({ tags: [], list })).toBe("the list “Guests”");
    expect(putOnWords({ tags: named("A", "B", "C", "D"), list })).toBe("the 4 tags and the list “Guests”");
  });
});

it("knows how many of the new contacts are still there", () => {
  expect(stillThere({ created: 5, undo: undo({ removed: 3 }) })).toBe(2);
  expect(stillThere({ created: 5, undo: null })).toBe(5);
});

it("says until when in the zone of the workspace", () =>
  expect(untilWords(undo({}), Date.parse("2026-11-22T00:00:00Z"))).toBe("22 Dec at 10:12"));
