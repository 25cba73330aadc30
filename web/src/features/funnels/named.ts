/** What the server says of a step by its key, said by its name: nobody who draws a funnel knows its keys. */
export function named(text: string, nameOf: (key: string) => string): string {
  return text
    .replaceAll(/"([\w.-]{1,64})"/g, (_, key: string) => `"${nameOf(key)}"`)
    .replaceAll(/[\w-]+(?: → [\w-]+)+/g, (chain) => chain.split(" → ").map(nameOf).join(" → "));
}
