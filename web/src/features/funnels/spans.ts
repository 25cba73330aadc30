/** A span of seconds as a number of one unit, so that it comes back as it went. */

export const UNITS = [
  { value: "weeks", label: "weeks", seconds: 604_800 },
  { value: "days", label: "days", seconds: 86_400 },
  { value: "hours", label: "hours", seconds: 3600 },
  { value: "minutes", label: "minutes", seconds: 60 },
  { value: "seconds", label: "seconds", seconds: 1 },
] as const;
export type Unit = (typeof UNITS)[number]["value"];

const size = (unit: Unit): number => UNITS.find(({ value }) => value === unit)?.seconds ?? 1;

/** The largest unit of which it is a whole number. Weeks are only said where a person said them: 14 days are 14 days. */
export function unitOf(seconds: number): Unit {
  if (seconds === 0) return "days";
  const found = UNITS.find((unit) => unit.value !== "weeks" && seconds % unit.seconds === 0);
  return found?.value ?? "seconds";
}

export const amountOf = (seconds: number, unit: Unit): number => seconds / size(unit);

/** Whole seconds, or nothing where the text is no number. */
export function secondsOf(amount: string, unit: Unit): number | null {
  const number = Number(amount.trim().replace(",", "."));
  if (amount.trim() === "" || !Number.isFinite(number) || number < 0) return null;
  return Math.round(number * size(unit));
}
