import type { Target, TargetInput, TargetState } from "~/api/types/targets.ts";

/** How far the research is, in the order in which it goes. */
export const STATES: readonly { id: TargetState; label: string }[] = [
  { id: "to_research", label: "To research" },
  { id: "researching", label: "Researching" },
  { id: "ready", label: "Ready" },
  { id: "approached", label: "Approached" },
  { id: "dropped", label: "Dropped" },
];
/** Those that somebody sets; one is approached by becoming a contact. */
export const BY_HAND = STATES.filter(({ id }) => id !== "approached");

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const TELEGRAM = /^(https?:\/\/)?(t|telegram)\.me\/\S+$/i;
const X = /^(https?:\/\/)?(www\.|mobile\.)?(x|twitter)\.com\/\S+$/i;
const WEB = /^https?:\/\/\S+$/i;

/** What one word of a line is, where it can be told by its looks. */
function known(word: string): TargetInput | null {
  if (EMAIL.test(word)) return { email: word };
  if (TELEGRAM.test(word)) return { telegram: word };
  if (X.test(word)) return { x: word };
  if (WEB.test(word)) return { url: word };
  if (/^x:@?\w+$/i.test(word)) return { x: word.slice(2) };
  return /^@[\w.]+$/.test(word) ? { telegram: word } : null;
}

/**
 * A line as somebody types or pastes it: `Ada Lovelace, Acme, CTO @ada x:ada https://…`. What stands between commas or
 * tabs is the name, the company and the title; what looks like an address is one. Null for an empty line.
 */
export function readLine(line: string): TargetInput | null {
  const target: TargetInput = {};
  const parts = line.split(/[,\t;]/).map((part) => {
    const rest = part
      .trim()
      .split(/\s+/)
      .filter((word) => {
        const found = known(word);
        if (found) Object.assign(target, found);
        return !found;
      });
    return rest.join(" ");
  });
  const [name = "", company, title] = parts.filter((part) => part !== "");
  const [address] = [target.email, target.telegram, target.x, target.url].filter(Boolean);
  if (name === "" && !address) return null;
  // Of some people nothing is known but where they are.
  target.name = name || (address ?? "").replace(/^(https?:\/\/)?(www\.)?/, "");
  if (company) target.company = company;
  if (title) target.title = title;
  return target;
}

export const readLines = (text: string): TargetInput[] =>
  text.split(/\r?\n/).flatMap((line) => readLine(line) ?? []);

/** Where else somebody can be found, as links. */
export function handlesOf({ telegram, x, url }: Target): { label: string; to: string }[] {
  const plain = telegram?.replace(/^@/, "");
  return [
    ...(plain ? [{ label: `@${plain}`, to: `https://t.me/${plain}` }] : []),
    ...(x ? [{ label: `x.com/${x}`, to: `https://x.com/${x}` }] : []),
    ...(url ? [{ label: url.replace(/^https?:\/\/(www\.)?/, ""), to: url }] : []),
  ];
}
