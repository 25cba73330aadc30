import { describe, expect, it } from "vitest";
import type { Contact } from "~/api/types/contacts.ts";
import { byContact, cellsOf, changesOf, inputOf, takesCells } from "./paste.ts";

const person = (id: string, part: Partial<Contact> = {}) =>
  ({ id, city: null, title: null, custom: {}, ...part }) as Contact;

describe("a block of cells", () => {
  it("is read as spreadsheets write it", () => {
    expect(cellsOf("")).toEqual([]);
    expect(cellsOf("a")).toEqual([["a"]]);
    expect(cellsOf("a\tb\r\nc\t\n")).toEqual([
      ["a", "b"],
      ["c", ""],
    ]);
    expect(cellsOf('"two\nlines"\t"say ""hi"""\tin "the" middle')).toEqual([
      ["two\nlines", 'say "hi"', 'in "the" middle'],
    ]);
  });
  it("changes what is another value, and leaves out what lies outside", () => {
    const people = [person("a", { city: "Oslo" }), person("b", { custom: { plan: "Pro" } })];
    const { changes, outside } = changesOf(
      [
        ["Oslo", " Free \n plan", "x"],
        ["Bergen", "", ""],
        ["Rome", "", ""],
      ],
      people,
      ["city", "f.plan"],
    );
    expect(changes.map(({ contact, column, before, after }) => [contact.id, column, before, after])).toEqual([
      ["a", "f.plan", "", "Free plan"],
      ["b", "city", "", "Bergen"],
      ["b", "f.plan", "Pro", ""],
    ]);
    expect(outside).toBe(2);
  });
  it("goes on everybody when it is one row", () => {
    const { changes } = changesOf([["Oslo"]], [person("a"), person("b")], ["city"]);
    expect(changes.map(({ contact }) => contact.id)).toEqual(["a", "b"]);
  });
  it("is said to the server forth and back", () => {
    const { changes } = changesOf([["Oslo", "Pro"]], [person("a", { city: "Rome" })], ["city", "f.plan"]);
    const [one] = byContact(changes).values();
    expect(inputOf(one ?? [], "after")).toEqual({ city: "Oslo", custom: { plan: "Pro" } });
    expect(inputOf(one ?? [], "before")).toEqual({ city: "Rome", custom: { plan: null } });
  });
  it("goes into fields that somebody types, and no others", () => {
    expect(["email", "f.plan", "status", "tags", "created_at", "icp_score", "owner"].map(takesCells)).toEqual(
      [true, true, true, false, false, false, false],
    );
  });
});
