import type { Import, ImportUndo } from "~/api/types/imports.ts";
import { clockTime, count, exactDay, plural } from "~/lib/format.ts";

/** What taking an import back will do and has done, in words. */

type Counts = Pick<ImportUndo, "removed" | "restored" | "edited" | "in_use">;
type PutOn = Pick<Import, "tags" | "list"> & Partial<Pick<Import, "consent">>;

const AND = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** What was done so far: `12 contacts were removed, and 3 got their earlier values back. …` */
export function undoneWords({ removed, restored, edited, in_use }: Counts, putOn: PutOn): string {
  const gone = `${plural(removed, "contact")} ${removed === 1 ? "was" : "were"} removed`;
  const back = `${removed > 0 ? count(restored) : plural(restored, "contact")} got ${restored === 1 ? "its" : "their"} earlier values back`;
  const done = [...(removed > 0 ? [gone] : []), ...(restored > 0 ? [back] : [])];
  const off = putOnWords(putOn);
  const unchanged = putOn.consent ? "" : "No contact was changed.";
  const nothing = off === "" ? unchanged : `${capital(off)} came off again.`;
  const sentences = [done.length > 0 ? `${done.join(", and ")}.` : nothing].filter(Boolean);
  if (putOn.consent) sentences.push("What they agreed to by it was taken back.");
  if (edited > 0)
    sentences.push(
      `${plural(edited, "contact")} stayed as ${edited === 1 ? "it is: somebody has changed it" : "they are: somebody has changed them"} since.`,
    );
  if (in_use > 0)
    sentences.push(
      `${plural(in_use, "contact")} stayed because ${in_use === 1 ? "it is in a campaign or there are messages with it" : "they are in a campaign or there are messages with them"}.`,
    );
  return sentences.join(" ");
}

/** How many contacts that the import made are still there. */
export const stillThere = ({ created, undo }: Pick<Import, "created" | "undo">): number =>
  Math.max(0, created - (undo?.removed ?? 0));

/** What will happen, one line for each thing; what an earlier try has done is not said again. */
export function undoPlan(data: PutOn & Pick<Import, "created" | "updated" | "undo">): string[] {
  const lines: string[] = [];
  const made = stillThere(data);
  const changed = Math.max(0, data.updated - (data.undo?.restored ?? 0));
  if (made > 0) lines.push(`${plural(made, "contact")} that it made ${made === 1 ? "is" : "are"} removed.`);
  if (changed > 0)
    lines.push(
      `${plural(changed, "contact")} that it changed ${changed === 1 ? "gets its" : "get their"} earlier values back.`,
    );
  const off = putOnWords(data);
  const one = data.tags.length + (data.list ? 1 : 0) === 1;
  if (off !== "")
    lines.push(
      `${capital(off)} ${one ? "comes" : "come"} off everybody who got ${one ? "it" : "them"} from this import.`,
    );
  if (data.consent) lines.push("What they agreed to by this file is taken back.");
  const used = " So do new ones that are in a campaign, or that there are messages with.";
  lines.push(`Contacts that somebody has changed since stay as they are.${made > 0 ? used : ""}`);
  return lines;
}

/** `the tags “VIP” and “Speaker” and the list “Guests”`; empty where it put nothing on. */
export function putOnWords({ tags, list }: PutOn): string {
  const parts: string[] = [];
  if (tags.length > 3) parts.push(`the ${tags.length} tags`);
  else if (tags.length > 0)
    parts.push(
      `the ${tags.length === 1 ? "tag" : "tags"} ${AND.format(tags.map(({ name }) => `“${name}”`))}`,
    );
  if (list) parts.push(`the list “${list.name}”`);
  return AND.format(parts);
}

/** `22 Dec at 09:12` */
export const untilWords = ({ until }: ImportUndo, now: number): string =>
  `${exactDay(until, now)} at ${clockTime(until)}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
