import { count } from "~/lib/format.ts";

/** How many people work there, as a list has room for it; nothing where that is not known. */
export function sizeWords(employees: number | null): string {
  if (employees === null) return "";
  return employees === 1 ? "1 person" : `${count(employees)} people`;
}

/** A number as somebody types it: `1 200`, `1,200`, `1.200`. Null for nothing, `NaN` for what is none. */
export function employeesOf(text: string): number | null {
  const digits = text.replace(/[\s,.'’]/g, "");
  if (digits === "") return null;
  return /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
}
