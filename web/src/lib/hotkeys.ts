/** The keyboard grammar: parsing and matching, without React and without the page. */

export type KeyMode = "on" | "alt" | "off";

export type KeyPress = {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
};

export type Stroke = { key: string; mod: boolean; shift: boolean };

/** How long the second key of a sequence may take, in milliseconds. */
export const SEQUENCE_MS = 1200;

/** `g i` to two strokes, `mod+shift+enter` to one. */
export function parseKeys(keys: string): Stroke[] {
  return keys.split(" ").map((part) => {
    const pieces = part.split("+");
    const key = part === "+" ? "+" : (pieces.pop() ?? "");
    return { key: key.toLowerCase(), mod: pieces.includes("mod"), shift: pieces.includes("shift") };
  });
}

/** Keys that print a character need a switch (WCAG 2.1.4); Escape, Enter and combinations with Mod do not. */
export function isSingleKey(stroke: Stroke): boolean {
  return !stroke.mod && stroke.key.length === 1;
}

function pressedKey(press: KeyPress, mode: KeyMode): string {
  // With Alt held, some layouts print another character; the physical key says which one was meant.
  if (mode === "alt" && press.altKey && press.code?.startsWith("Key"))
    return press.code.slice(3).toLowerCase();
  return press.key.toLowerCase();
}

export function matches(stroke: Stroke, press: KeyPress, mode: KeyMode): boolean {
  const mod = press.ctrlKey || press.metaKey;
  if (stroke.mod !== mod) return false;
  const single = isSingleKey(stroke);
  if (single && mode === "off") return false;
  if (press.altKey !== (single && mode === "alt")) return false;
  if (pressedKey(press, mode) !== stroke.key) return false;
  // Shift is part of the character for "?" and the like, and a modifier for letters and named keys.
  const shiftMatters = stroke.key.length > 1 || /[a-z]/.test(stroke.key);
  return !shiftMatters || stroke.shift === press.shiftKey;
}

/** Follows sequences such as `G` then `I`. */
export class Matcher<T extends { keys: string }> {
  #waiting: { at: number; rest: { binding: T; strokes: Stroke[] }[] } = { at: 0, rest: [] };

  /** The binding that this press completes, `pending` while a sequence is under way. */
  press(bindings: readonly T[], press: KeyPress, mode: KeyMode, at: number): T | "pending" | null {
    const fresh = bindings.map((binding) => ({ binding, strokes: parseKeys(binding.keys) }));
    const live = at - this.#waiting.at <= SEQUENCE_MS ? this.#waiting.rest : [];
    this.#waiting = { at: 0, rest: [] };
    for (const candidates of [live, fresh]) {
      const hits = candidates.filter(({ strokes }) => strokes[0] && matches(strokes[0], press, mode));
      const done = hits.find(({ strokes }) => strokes.length === 1);
      if (done) return done.binding;
      if (hits.length > 0) {
        this.#waiting = {
          at,
          rest: hits.map(({ binding, strokes }) => ({ binding, strokes: strokes.slice(1) })),
        };
        return "pending";
      }
    }
    return null;
  }
}

const NAMES: Record<string, string> = {
  enter: "Enter",
  escape: "Esc",
  arrowup: "↑",
  arrowdown: "↓",
  home: "Home",
  end: "End",
};

export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** The caps to show for a binding: `["G", "I"]`, `["Ctrl", "Enter"]`. */
export function keyCaps(keys: string, mac = isMac): string[] {
  return parseKeys(keys).flatMap((stroke) => [
    ...(stroke.mod ? [mac ? "⌘" : "Ctrl"] : []),
    ...(stroke.shift ? ["Shift"] : []),
    NAMES[stroke.key] ?? stroke.key.toUpperCase(),
  ]);
}
