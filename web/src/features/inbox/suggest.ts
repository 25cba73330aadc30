/** What stands right before the caret and asks for a choice: `/` and words for a canned reply, `@` and a name. */

export type Asked = { from: number; words: string };

/** The words after `mark`, where it begins a word and the caret stands at their end. */
export function askedAt(text: string, caret: number, mark: "/" | "@"): Asked | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf(mark);
  if (from < 0) return null;
  const words = before.slice(from + 1);
  // In the middle of a word it is part of it: an address, a path, a date.
  if (from > 0 && !/\s/.test(before[from - 1] ?? "")) return null;
  if (words.length > 40 || /[\n/@]/.test(words) || words.startsWith(" ")) return null;
  return { from, words };
}

/** The text with `put` in the place of what was asked, and where the caret goes. */
export function answered(text: string, caret: number, { from }: Asked, put: string) {
  return { text: text.slice(0, from) + put + text.slice(caret), caret: from + put.length };
}

/** A name begins and ends: `@Ana` is not in `@Anabel`. */
export function isMentioned(text: string, name: string): boolean {
  const at = text.indexOf(`@${name}`);
  return at >= 0 && !/^[\p{L}\p{N}]/u.test(text.slice(at + name.length + 1));
}

/** A filled text with its gaps, which stand between U+E000 and U+E001, in brackets for a person to fill in. */
export function withGaps(text: string): { text: string; gaps: number } {
  let gaps = 0;
  const filled = text.replace(/\ue000(?:contact\.)?([^\ue001]*)\ue001/g, (_, field: string) => {
    gaps += 1;
    return `[${field.replaceAll("_", " ")}]`;
  });
  return { text: filled, gaps };
}
