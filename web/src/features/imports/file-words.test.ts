import { expect, it } from "vitest";
import type { ImportColumn } from "~/api/types/imports.ts";
import { fileWords } from "./file-words.ts";

const column: ImportColumn = { name: "Email", samples: [], guess: "email", confidence: 1 };
const file = {
  bytes: 2048,
  format: "csv",
  sheet: null,
  sheets: [],
  encoding: "UTF-8",
  delimiter: ";",
  columns: [column, column],
  total: 1200,
} as const;
const said = (part: object) => fileWords({ ...file, columns: [...file.columns], sheets: [], ...part });

it("says what a file is", () => {
  expect(said({})).toMatch(/, UTF-8, separated by semicolon: 1,200 rows, 2 columns\.$/);
  expect(said({ format: "xlsx", sheet: "People", sheets: ["Cover", "People"] })).toMatch(
    /, Excel workbook, sheet “People” \(one of 2\): 1,200 rows, 2 columns\.$/,
  );
  expect(said({ format: "xlsx", sheet: "People", sheets: ["People"], total: 1 })).toMatch(
    /sheet “People”: 1 row, 2 columns\.$/,
  );
  expect(said({ format: "vcard", total: 3 })).toMatch(/, address book: 3 cards, 2 columns\.$/);
});
