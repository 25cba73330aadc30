/** Where in a text the words are that the inbox was searched for: as the server compares them, so that every hit is seen. */

/** Letters, digits and what is written above or below them; pictures each by themselves. */
const TOKEN = /[\p{Extended_Pictographic}]|[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that are written without blanks: a hit is any part of a run. */
const NO_BLANKS = /[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/u;
const PLAIN: Record<string, string> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
};

function folded(word: string): string {
  const bare = word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return bare.replace(/[øłđðıßæœþ]/g, (letter) => PLAIN[letter] ?? letter);
}

function tokens(text: string): { word: string; from: number; to: number }[] {
  return [...text.matchAll(TOKEN)].map((match) => ({
    word: folded(match[0]),
    from: match.index,
    to: match.index + match[0].length,
  }));
}

/** From where to where, in the order of the text. Of the words asked for, the last may only be begun. */
export function foundIn(text: string, asked: string): [number, number][] {
  const words = tokens(asked)
    .map(({ word }) => word)
    .filter((word) => word !== "");
  const last = words.at(-1);
  if (last === undefined) return [];
  const whole = new Set(words);
  const found: [number, number][] = [];
  for (const { word, from, to } of tokens(text)) {
    if (NO_BLANKS.test(word)) {
      // Letters that fold to several would shift the place: then the whole run is marked.
      const hit = words.find((one) => word.includes(one));
      if (hit === undefined) continue;
      const at = word.length === to - from ? from + word.indexOf(hit) : from;
      found.push([at, word.length === to - from ? at + hit.length : to]);
    } else if (whole.has(word) || word.startsWith(last)) {
      found.push([from, to]);
    }
  }
  return found;
}
