import type { AtNode, Overlay } from "~/api/types/overlays.ts";
import { count, percent } from "~/lib/format.ts";
import { paths } from "~/paths.ts";

/** The overlays of a campaign's funnel, and how each says whom it counts. */
export const OVERLAYS: readonly { value: Overlay; label: string; about: string }[] = [
  { value: "here", label: "Here now", about: "People who stand at the step now" },
  { value: "sent", label: "Sent", about: "People to whom its message has left" },
  { value: "opened", label: "Opened", about: "People who opened its message or clicked in it" },
  { value: "replied", label: "Replied", about: "People who answered its message" },
  {
    value: "trouble",
    label: "Trouble",
    about: "People who are held or cannot go on, and to whom the message could not be delivered",
  },
  { value: "won", label: "Said yes", about: "People who got its message and have said yes since" },
];

export const overlayOf = (value: string | null): Overlay | null =>
  OVERLAYS.find((one) => one.value === value)?.value ?? null;

/** The list of exactly those people. */
export const behind = (id: string, node: string, overlay: Overlay | null): string =>
  `${paths.campaign(id, "people")}?${new URLSearchParams({ ...(overlay ? { overlay } : {}), node })}`;

/** What an overlay says on its steps, as numbers or as shares of everybody in the campaign. */
export type Figures = {
  overlay: Overlay;
  of: ReadonlyMap<string, number>;
  enrolled: number;
  asShare: boolean;
};

export const figuresOf = (
  overlay: Overlay,
  data: readonly AtNode[],
  enrolled: number,
  asShare: boolean,
): Figures => ({
  overlay,
  of: new Map(data.map(({ node, people }) => [node, people])),
  enrolled,
  asShare,
});

/** Whether there is a number to show: nobody is sent anything by a step that writes nothing. */
export const counts = ({ overlay, of }: Figures, { key, type }: { key: string; type: string }): boolean =>
  of.has(key) || overlay === "here" || type.endsWith("_send") || type === "voicemail_drop";

export const labelOf = ({ overlay }: Figures): string =>
  OVERLAYS.find((one) => one.value === overlay)?.label ?? "";

export function figureOf({ of, enrolled, asShare }: Figures, node: string): string {
  const people = of.get(node) ?? 0;
  return asShare ? percent(people, enrolled) : count(people);
}
