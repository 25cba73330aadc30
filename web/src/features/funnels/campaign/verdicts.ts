import type { AffectedPlace, PlaceChoice, Published } from "~/api/types/campaign-versions.ts";
import type { Graph } from "~/api/types/funnels.ts";
import { plural } from "~/lib/format.ts";

/** What may become of people on a step that is not as it was, in the words of the dialog. */

export type VerdictOption = { value: string; label: string };

/** The options of one place; the value of a step to go on at is `to:` and its key. */
export function optionsFor(
  { fate, to, node }: AffectedPlace,
  graph: Graph,
  nameOf: (key: string) => string,
): VerdictOption[] {
  const move =
    to === null
      ? []
      : [
          {
            value: "move",
            label: fate === "removed" ? `Go on at “${nameOf(to)}”` : "Go on with the new version",
          },
        ];
  const elsewhere = graph.nodes
    .filter(({ key }) => key !== to && key !== node)
    .map(({ key }) => ({ value: `to:${key}`, label: `Go on at “${nameOf(key)}”` }));
  return [
    ...move,
    { value: "stay", label: "Finish with the steps they began with" },
    { value: "end", label: "End the campaign for them" },
    ...(fate === "removed" ? elsewhere : []),
  ];
}

/** What the server is told about a place. */
export function choiceOf({ version, node, proposed }: AffectedPlace, value: string | undefined): PlaceChoice {
  const chosen = value ?? proposed;
  if (chosen.startsWith("to:")) return { version, node, do: "move", to: chosen.slice(3) };
  return { version, node, do: chosen === "stay" || chosen === "end" ? chosen : "move" };
}

/** What was done, in one sentence. */
export function published({ version, moved, stayed, ended }: Published): string {
  const parts = [
    moved > 0 ? `${plural(moved, "person", "people")} moved over` : "",
    stayed > 0 ? `${plural(stayed, "person stays", "people stay")} with the steps they began with` : "",
    ended > 0 ? `${plural(ended, "person", "people")} ended` : "",
  ].filter(Boolean);
  return `Version ${version} is live. ${parts.length > 0 ? `${parts.join(", ")}.` : ""}`.trim();
}
