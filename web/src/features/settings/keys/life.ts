/** How long a key is good; `never` runs out at no time. */
export const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "never", label: "No end" },
] as const;
export type Life = (typeof LIVES)[number]["value"];

/** As the server wants it: left out, a key lives until it is revoked. */
export const daysOf = (life: Life): number | undefined => (life === "never" ? undefined : Number(life));
