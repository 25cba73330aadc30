import type { SuppressionsTaken } from "~/api/types/contacts.ts";
import { count, plural } from "~/lib/format.ts";

/** What came of a file of suppressed addresses: `12 addresses were added, 3 were there already.` */
export function takenWords({ added, unchanged, withdrawn, in_flight }: SuppressionsTaken): string {
  const sentences: string[] = [];
  if (added > 0) {
    const there =
      unchanged > 0 ? `, ${count(unchanged)} ${unchanged === 1 ? "was" : "were"} there already` : "";
    sentences.push(`${plural(added, "address", "addresses")} ${added === 1 ? "was" : "were"} added${there}.`);
  } else if (unchanged > 0) {
    sentences.push(
      `All ${plural(unchanged, "address", "addresses")} ${unchanged === 1 ? "was" : "were"} there already.`,
    );
  } else {
    sentences.push("Nothing was added.");
  }
  if (withdrawn > 0) sentences.push(`${plural(withdrawn, "queued message")} will not be sent.`);
  if (in_flight > 0) sentences.push(`${plural(in_flight, "message")} had already left.`);
  return sentences.join(" ");
}
