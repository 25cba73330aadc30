import type { Suppression } from "~/api/types/contacts.ts";

/** Of an address that was erased only a fingerprint is left. */
export const isErased = ({ value }: Pick<Suppression, "value">): boolean => value.startsWith("erased:");

/** An entry within a sentence. */
export const nameOf = (entry: Pick<Suppression, "value">): string =>
  isErased(entry) ? "an erased address" : entry.value;

/** Whether an entry is meant by what somebody types. */
export const isMeant = (entry: Pick<Suppression, "value" | "reason">, search: string): boolean => {
  const wanted = search.trim().toLowerCase();
  return [isErased(entry) ? nameOf(entry) : entry.value, entry.reason ?? ""].some((text) =>
    text.toLowerCase().includes(wanted),
  );
};

/** Whether somebody has typed an address to its end. */
export const isAddress = (text: string): boolean =>
  /^\S+@\S+\.\S{2,}$/.test(text) || /^[+(]?[\d\s().-]{7,}$/.test(text);

/** The entries with those that were asked for by themselves, each once. */
export function withMore<T extends { id: string }>(
  shown: readonly T[],
  more: readonly T[] = [],
): readonly T[] {
  return [...shown, ...more.filter(({ id }) => shown.every((entry) => entry.id !== id))];
}
