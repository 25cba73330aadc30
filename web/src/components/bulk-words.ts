import type { BulkAction } from "~/api/types/bulk.ts";
import { count, plural } from "~/lib/format.ts";

/** What it names, in a sentence. */
const nameOf = ({ action, target }: BulkAction): string =>
  action.kind === "set_status" ? action.status : (target ?? "what is gone by now");

/** What is being done, before it is. */
export function doing(bulk: BulkAction): string {
  const people = plural(bulk.total, "contact");
  const name = nameOf(bulk);
  switch (bulk.action.kind) {
    case "add_tag":
      return `Putting ${name} on ${people}`;
    case "remove_tag":
      return `Taking ${name} off ${people}`;
    case "add_to_list":
      return `Putting ${people} on ${name}`;
    case "remove_from_list":
      return `Taking ${people} off ${name}`;
    case "set_status":
      return `Setting ${people} to ${name}`;
    case "assign":
      return `Handing ${people} over to ${name}`;
    case "delete":
      return `Deleting ${people}`;
  }
}

/** What became of it so far, in one sentence. */
export function outcome(bulk: BulkAction): string {
  const { changed } = bulk;
  const people = plural(changed, "contact");
  const name = nameOf(bulk);
  const [some, none] = {
    add_tag: [`${people} got ${name}.`, `All of them had ${name} already.`],
    remove_tag: [`${name} is off ${people}.`, `None of them had ${name}.`],
    add_to_list: [`${people} went on ${name}.`, `All of them were on ${name} already.`],
    remove_from_list: [`${people} went off ${name}.`, `None of them was on ${name}.`],
    set_status: [
      `${people} ${changed === 1 ? "is" : "are"} set to ${name}.`,
      `All of them were ${name} already.`,
    ],
    assign: [
      `${people} changed hands: ${name} has ${changed === 1 ? "it" : "them"} now.`,
      `${name} had all of them already.`,
    ],
    delete: [`${people} ${changed === 1 ? "is" : "are"} deleted.`, "They were gone already."],
  }[bulk.action.kind];
  return (changed > 0 ? some : none) ?? "";
}

/** What became of its undo. */
export function undone({ action, undo }: BulkAction): string {
  if (!undo) return "";
  const { undone: back, left_alone: left } = undo;
  if (action.kind === "delete") return cameBack(back, left);
  const said =
    back === 0
      ? "Nobody was as it had left them."
      : `Undone: ${plural(back, "contact")} ${back === 1 ? "is" : "are"} as before.`;
  if (left === 0) return said;
  return `${said} ${count(left)} ${left === 1 ? "was" : "were"} left alone: changed by somebody since, or gone.`;
}

function cameBack(back: number, left: number): string {
  const said =
    back === 0
      ? "Nobody came back."
      : `Undone: ${plural(back, "contact")} ${back === 1 ? "is" : "are"} back as before.`;
  if (left === 0) return said;
  return `${said} ${count(left)} ${left === 1 ? "was" : "were"} left out: somebody else has their address by now, or they were erased.`;
}

/** Where it stands, for whoever asked for it. */
export function standing(bulk: BulkAction): string {
  const { status, undo } = bulk;
  if (undo?.status === "done") return undone(bulk);
  if (undo?.status === "running") return `Undoing it for ${plural(bulk.changed, "contact")}`;
  if (status === "queued" || status === "processing") return doing(bulk);
  if (status === "completed") return outcome(bulk);
  const so = bulk.changed > 0 ? ` ${outcome(bulk)}` : " Nobody was changed.";
  return status === "cancelled" ? `Stopped.${so}` : `${bulk.error ?? "It failed"}.${so}`;
}
