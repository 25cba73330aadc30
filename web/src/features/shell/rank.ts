/** How well `text` names `label`: 0 is not at all; the start of a word beats letters inside it. */
export function score(label: string, text: string): number {
  const name = label.toLowerCase();
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return 1;
  if (name.startsWith(wanted)) return 4;
  if (name.includes(` ${wanted}`)) return 3;
  if (name.includes(wanted)) return 2;
  const initials = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .join("");
  return initials.startsWith(wanted) ? 2 : 0;
}

/** Best matches first; equals stay in their order. */
export function rank<T extends { label: string }>(entries: readonly T[], text: string): T[] {
  return entries
    .map((entry, index) => ({ entry, index, points: score(entry.label, text) }))
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points || one.index - other.index)
    .map(({ entry }) => entry);
}
