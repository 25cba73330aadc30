import type { Import } from "~/api/types/imports.ts";
import { bytes, plural } from "~/lib/format.ts";

/** What a file is, in a sentence. */

type File = Pick<
  Import,
  "bytes" | "format" | "sheet" | "sheets" | "encoding" | "delimiter" | "columns" | "total"
>;

export function fileWords(file: File): string {
  const columns = plural(file.columns.length, "column");
  switch (file.format) {
    case "xlsx":
      return `${bytes(file.bytes)}, Excel workbook, ${sheetWords(file)}: ${plural(file.total, "row")}, ${columns}.`;
    case "vcard":
      return `${bytes(file.bytes)}, address book: ${plural(file.total, "card")}, ${columns}.`;
    case "csv":
      return `${bytes(file.bytes)}, ${file.encoding}, separated by ${delimiterName(file.delimiter)}: ${plural(file.total, "row")}, ${columns}.`;
  }
}

/** `sheet “People” of 3` */
function sheetWords({ sheet, sheets }: File): string {
  const of = sheets.length > 1 ? ` (one of ${sheets.length})` : "";
  return `sheet “${sheet ?? ""}”${of}`;
}

function delimiterName(delimiter: string): string {
  const names: Record<string, string> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" };
  return names[delimiter] ?? delimiter;
}
