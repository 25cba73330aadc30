import { post } from "~/api/client.ts";
import type { Funnel, Graph, Problem } from "~/api/types/funnels.ts";
import type { Draft } from "./use-builder.ts";

/** Funnels as files. What is written and read is the server's affair: there is one definition of it. */

export type FileFormat = "yaml" | "json" | "csv";

export const FILE_FORMATS: readonly { format: FileFormat; name: string; use: string; type: string }[] = [
  { format: "yaml", name: "YAML", use: "to read, and for Git", type: "application/yaml" },
  { format: "json", name: "JSON", use: "for a program", type: "application/json" },
  { format: "csv", name: "CSV", use: "for a spreadsheet", type: "text/csv" },
];

/** Why a file cannot be read, and where. */
export type FileError = {
  line: number | null;
  column: number | null;
  node: string | null;
  message: string;
  fix: string;
};
/** A problem with the line on which its step begins. */
export type PlacedProblem = Problem & { line: number | null };
/** What a file would become. */
export type ParsedFile = {
  format: FileFormat;
  name: string | null;
  description: string | null;
  graph: Graph | null;
  error: FileError | null;
  problems: PlacedProblem[];
};

export async function printDraft(draft: Draft, format: FileFormat, signal?: AbortSignal): Promise<string> {
  const { name, description, graph } = draft;
  const answer = await post<{ text: string }>(
    "/api/funnels/print",
    { name, description, graph, format },
    signal,
  );
  return answer.text;
}

export const parseFile = (text: string, format?: FileFormat, signal?: AbortSignal): Promise<ParsedFile> =>
  post<ParsedFile>("/api/funnels/parse", { text, ...(format ? { format } : {}) }, signal);

export const importFile = (body: {
  text: string;
  format: FileFormat;
  name?: string;
  funnel_id?: string;
  version?: number;
}): Promise<Funnel> => post<Funnel>("/api/funnels/import", body);

/** The name of the file of a funnel. */
export function fileName(name: string, format: FileFormat): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["funnel"];
  return `${words.join("-").slice(0, 60)}.${format}`;
}

/** What a funnel from this file is probably called: `welcome-back.csv` is Welcome back. */
export function nameOfFile(file: string): string {
  const words = file
    .replace(/\.[^.]*$/, "")
    .replace(/[-_]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The format that the name of a file tells. */
export function formatOfFile(file: string): FileFormat | undefined {
  const ending = file.toLowerCase().split(".").at(-1);
  if (ending === "yml") return "yaml";
  if (ending === "tsv") return "csv";
  return FILE_FORMATS.find(({ format }) => format === ending)?.format;
}

/** Whether a pasted text is probably a funnel. Steps that were copied in the builder are none. */
export function looksLikeFunnel(text: string): boolean {
  if (text.length > 4_000_000 || text.includes('"overture":"steps"')) return false;
  const head = text.trimStart().split("\n", 1)[0]?.toLowerCase() ?? "";
  const columns = head.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ""));
  return (columns.includes("key") && columns.includes("type")) || /(^|[\n{,])\s*"?steps"?\s*:/.test(text);
}

/** Everything that is wrong with a file, with its place, as lines to read; the errors first. */
export type FileLine = { line: number | null; where: string; words: string; bad: boolean };

export function linesOf({ error, problems }: Pick<ParsedFile, "error" | "problems">): FileLine[] {
  if (error) {
    const where = [
      error.line === null ? null : `Line ${error.line}`,
      error.column === null ? null : `column ${error.column}`,
    ].filter((part) => part !== null);
    return [
      {
        line: error.line,
        where: where.join(", ") || "The file",
        words: `${error.message} ${error.fix}`,
        bad: true,
      },
    ];
  }
  const lines = problems.map(({ line, node, message, fix, severity }) => ({
    line,
    where: line === null ? (node ?? "The funnel") : `Line ${line}`,
    words: `${message} ${fix}`,
    bad: severity === "error",
  }));
  return [...lines.filter(({ bad }) => bad), ...lines.filter(({ bad }) => !bad)];
}

/** Where the text of a line begins and ends, lines counted from 1. */
export function lineSpan(text: string, line: number): [number, number] {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end < 0 ? text.length : end];
}

/** Hands a text to the browser as a file. */
export function download(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
