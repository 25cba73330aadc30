import { expect, test } from "vitest";
import {
  fileName,
  formatOfFile,
  lineSpan,
  linesOf,
  looksLikeFunnel,
  nameOfFile,
  type PlacedProblem,
} from "./files.ts";

test("files are called what their funnel is called, and the other way round", () => {
  expect(fileName("Follow-up: new leads!", "yaml")).toBe("follow-up-new-leads.yaml");
  expect(fileName("Продажи 2", "csv")).toBe("продажи-2.csv");
  expect(fileName("?", "json")).toBe("funnel.json");
  expect(nameOfFile("welcome-back_2.csv")).toBe("Welcome back 2");
  expect(nameOfFile("plain")).toBe("Plain");
});

test("the ending tells the format", () => {
  expect(["a.yml", "a.YAML", "a.json", "a.csv", "a.tsv", "a.txt", "a"].map(formatOfFile)).toEqual([
    "yaml",
    "yaml",
    "json",
    "csv",
    "csv",
    undefined,
    undefined,
  ]);
});

test("what is wrong is told with its place, errors first", () => {
  const problem = (line: number | null, severity: "error" | "warning"): PlacedProblem => ({
    node: "a",
    code: "x",
    message: "Wrong.",
    fix: "Mend it.",
    severity,
    line,
  });
  const lines = linesOf({ error: null, problems: [problem(3, "warning"), problem(null, "error")] });
  expect(lines.map(({ where, bad }) => [where, bad])).toEqual([
    ["a", true],
    ["Line 3", false],
  ]);
  const error = { line: 2, column: 5, node: null, message: "No.", fix: "Yes." };
  expect(linesOf({ error, problems: [] })[0]).toEqual({
    line: 2,
    where: "Line 2, column 5",
    words: "No. Yes.",
    bad: true,
  });
});

test("a line is found in its text", () => {
  const text = "one\ntwo\n\nfour";
  const at = (line: number) => text.slice(...lineSpan(text, line));
  expect([1, 2, 3, 4, 9].map(at)).toEqual(["one", "two", "", "four", "four"]);
});

test("what is pasted is taken for a funnel only where it is one", () => {
  for (const text of [
    "name: x\nsteps:\n  - key: a",
    '{"steps": []}',
    "Key;Type;body\na;exit;",
    '"key","type"',
  ])
    expect(looksLikeFunnel(text), text).toBe(true);
  for (const text of ["Hello", "a,b\n1,2", "the steps to take"])
    expect(looksLikeFunnel(text), text).toBe(false);
});
