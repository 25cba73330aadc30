/** A list that never moves under the pointer. */

export type Held<T> = { shown: T[]; waiting: number };

/**
 * While `hold`, known items keep their places and only their contents change; new ones wait. What is selected
 * stays even when it no longer belongs (an unread conversation that was just read).
 */
export function heldOrder<T extends { id: string }>(
  before: readonly T[],
  next: readonly T[],
  hold: boolean,
  selected: string | undefined,
): Held<T> {
  const fresh = new Map(next.map((item) => [item.id, item]));
  if (!hold || before.length === 0) {
    const kept = before.findIndex((item) => item.id === selected);
    const gone = before[kept];
    if (!gone || fresh.has(gone.id)) return { shown: [...next], waiting: 0 };
    const shown = [...next];
    shown.splice(Math.min(kept, shown.length), 0, gone);
    return { shown, waiting: 0 };
  }
  const known = new Set(before.map((item) => item.id));
  const shown = before
    .filter((item) => fresh.has(item.id) || item.id === selected)
    .map((item) => fresh.get(item.id) ?? item);
  const lastKnown = Math.max(-1, ...next.map((item, index) => (known.has(item.id) ? index : -1)));
  // Items behind the last known one are a further page: they move nothing.
  const further = next.slice(lastKnown + 1).filter((item) => !known.has(item.id));
  const waiting = next.slice(0, lastKnown + 1).filter((item) => !known.has(item.id)).length;
  return { shown: [...shown, ...further], waiting };
}
