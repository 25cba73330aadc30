import type { Contact, ContactInput } from "~/api/types/contacts.ts";

/** Cells of a spreadsheet that are put on contacts. */

/** Most contacts that are changed at once. */
export const MOST_ROWS = 200;

/** Fields of a contact that a cell can be put into. */
const FIELDS = ["email", "phone", "company", "title", "city", "country", "time_zone", "status"] as const;
type Field = (typeof FIELDS)[number];

const isField = (id: string): id is Field => (FIELDS as readonly string[]).includes(id);

/** Whether something can be pasted into a column. */
export const takesCells = (column: string): boolean => isField(column) || column.startsWith("f.");

/** One cell that becomes another. */
export type Change = { contact: Contact; column: string; before: string; after: string };

/** The rows and cells of a copied block, as spreadsheets write them: tabs between cells, quotes around odd ones. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const body = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < body.length; at += 1) {
    const char = body.charAt(at);
    if (quoted) {
      if (char !== '"') cell += char;
      else if (body.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === "\t" || char === "\n") {
      row.push(cell);
      cell = "";
      if (char === "\n") {
        rows.push(row);
        row = [];
      }
    } else cell += char;
  }
  return text === "" ? [] : [...rows, [...row, cell]];
}

/** What is in a cell now, as it would be pasted. */
export function cellOf(contact: Contact, column: string): string {
  if (isField(column)) return contact[column] ?? "";
  return contact.custom[column.slice(2)] ?? "";
}

/**
 * What changes when the block is laid on these contacts, from a column on to the right. A single row goes on all of
 * them, as spreadsheets do it; what lies outside is counted.
 */
export function changesOf(
  block: readonly string[][],
  contacts: readonly Contact[],
  columns: readonly string[],
): { changes: Change[]; outside: number } {
  const rows = block.length === 1 ? contacts.map(() => block[0] ?? []) : block;
  const changes: Change[] = [];
  let outside = 0;
  rows.forEach((cells, n) => {
    const contact = contacts[n];
    cells.forEach((cell, m) => {
      const column = columns[m];
      const after = cell.replace(/\s+/g, " ").trim();
      if (!contact || column === undefined) {
        if (after !== "") outside += 1;
        return;
      }
      const before = cellOf(contact, column);
      // Everybody has a status.
      if (before !== after && !(column === "status" && after === ""))
        changes.push({ contact, column, before, after });
    });
  });
  return { changes, outside };
}

/** The changes of one contact as the server takes them, forth or back. */
export function inputOf(changes: readonly Change[], way: "before" | "after"): ContactInput {
  const input: ContactInput = {};
  for (const change of changes) {
    const { column } = change;
    if (isField(column)) input[column] = change[way];
    else input.custom = { ...input.custom, [column.slice(2)]: change[way] || null };
  }
  return input;
}

/** The changes contact by contact, in their order. */
export function byContact(changes: readonly Change[]): Map<string, Change[]> {
  const found = new Map<string, Change[]>();
  for (const change of changes) {
    const { id } = change.contact;
    found.set(id, [...(found.get(id) ?? []), change]);
  }
  return found;
}
