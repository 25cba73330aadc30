/** Most that a list shows at once: nobody reads further. */
const SHOWN = 50;

/** The options with `words` in their names, those that begin with them first. */
export function matching<T extends { name: string }>(options: readonly T[], words: string): T[] {
  const low = words.toLowerCase();
  const found = options.filter(({ name }) => name.toLowerCase().includes(low));
  const begins = (option: T) => (option.name.toLowerCase().startsWith(low) ? 0 : 1);
  return (low === "" ? found : found.toSorted((a, b) => begins(a) - begins(b))).slice(0, SHOWN);
}
