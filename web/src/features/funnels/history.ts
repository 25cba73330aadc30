/** Undo and redo of any value that is never changed in place. */

export type History<T> = {
  past: readonly T[];
  now: T;
  future: readonly T[];
  /** What the last change was about, and when: typing in one field goes on in the same step. */
  last: { about: string; at: number } | null;
};

/** How many steps back there are. */
export const STEPS = 200;
/** How long a pause in typing may be before the next letter is a step of its own, in milliseconds. */
export const PAUSE_MS = 1200;

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [], last: null });

/** Goes on to `next`. With `about`, it joins the last step if that was about the same a moment ago. */
export function commit<T>(history: History<T>, next: T, at: number, about?: string): History<T> {
  if (next === history.now) return history;
  const joins = about !== undefined && history.last?.about === about && at - history.last.at <= PAUSE_MS;
  return {
    past: joins ? history.past : [...history.past, history.now].slice(-STEPS),
    now: next,
    future: [],
    last: about === undefined ? null : { about, at },
  };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    now: before,
    future: [history.now, ...history.future],
    last: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.now], now: next, future, last: null };
}
