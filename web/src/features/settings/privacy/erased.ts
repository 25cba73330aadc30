import { words } from "~/lib/format.ts";

const WORDS: Record<string, string> = {
  contact: "Contact",
  addresses_kept_as_fingerprints: "Addresses, of which a fingerprint is kept",
  preview_rows: "Rows shown of imported files",
  raw_events: "Messages and receipts as providers sent them",
  rejected_rows: "Rejected rows of imports",
  webhook_deliveries: "Deliveries to webhooks",
};
const FIRST = ["contact", "conversations", "messages", "events", "enrollments"];

/** What was erased, in words, the most telling first; what there was none of is left out. */
export function linesOf(erased: Readonly<Record<string, number>>): { what: string; count: number }[] {
  const place = (name: string) => {
    const at = FIRST.indexOf(name);
    return name.startsWith("addresses") ? 99 : at < 0 ? FIRST.length : at;
  };
  return Object.entries(erased)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([name, count]) => ({ what: WORDS[name] ?? words(name), count }));
}

/** How much went in all; fingerprints are what stays. */
export function totalOf(erased: Readonly<Record<string, number>>): number {
  return Object.entries(erased)
    .filter(([name]) => !name.startsWith("addresses"))
    .reduce((sum, [, count]) => sum + count, 0);
}
