import { expect, it } from "vitest";
import { foundIn } from "./found-words.ts";

const marked = (text: string, asked: string) =>
  foundIn(text, asked).map(([from, to]) => text.slice(from, to));

it("marks what the server finds", () => {
  const text = 'The "Invoice" of JOSÉ, invoiced late 👍; straße';
  const table: [string, string[]][] = [
    ["invoice", ["Invoice", "invoiced"]],
    ["invoice late", ["Invoice", "late"]],
    ["jose", ["JOSÉ"]],
    ["strasse", ["straße"]],
    ["👍", ["👍"]],
    ["voice", []],
    ['"*(', []],
    ["", []],
  ];
  for (const [asked, expected] of table) expect(marked(text, asked), asked).toEqual(expected);
  expect(marked("見積書と請求書です", "請求書")).toEqual(["請求書"]);
  expect(marked("مرحبا بالعالم", "بالع")).toEqual(["بالعالم"]);
});
