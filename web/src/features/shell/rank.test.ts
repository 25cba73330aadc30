import { expect, it } from "vitest";
import { rank } from "./rank.ts";

const list = ["Inbox", "Import contacts", "Go to the inbox", "New campaign"].map((label) => ({ label }));
const names = (text: string) => rank(list, text).map((item) => item.label);

it("puts the start of a name before its middle", () =>
  expect(names("in")).toEqual(["Inbox", "Go to the inbox", "New campaign"].slice(0, 2)));
it("knows initials", () => expect(names("nc")).toEqual(["New campaign"]));
it("keeps the order when nothing is asked", () => expect(names("")).toEqual(list.map((item) => item.label)));
