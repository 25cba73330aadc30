const LONGEST = 32;

/** Letters that lose nothing but a mark by decomposition are left out; these would be lost altogether. */
const SPELLED: Record<string, string> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  ß: "ss",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};

/** A handle for a name: `Åse Lund-Øye` is `aselundoye`. Empty where the name has no Latin letter. */
export function suggestHandle(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[æœøßđðþłı]/g, (letter) => SPELLED[letter] ?? "")
    .normalize("NFD")
    .replaceAll(/[^a-z0-9]/g, "")
    .slice(0, LONGEST);
}
