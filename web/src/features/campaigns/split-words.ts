import type { SplitContest } from "~/api/types/splits.ts";
import { count } from "~/lib/format.ts";

/** A share with one digit: of answers, a whole percent is too coarse. */
export const share = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** How sure something is. Never certain, since nothing is. */
export function sure(certainty: number): string {
  if (certainty >= 0.999) return "> 99.9 %";
  return `${(Math.floor(1000 * certainty) / 10).toFixed(1)} %`;
}

/** The variant that has won at a split, if one has. */
export const winnerOf = (splits: readonly SplitContest[], node: string): string | null =>
  splits.find((one) => one.node === node)?.decision?.winner ?? null;

/** Where a contest stands, in a sentence. */
export function contestText(contest: SplitContest): string {
  const { standing, needs, variants, is_held: isHeld } = contest;
  const ahead = standing ? variants[standing.best] : undefined;
  const lead = ahead
    ? `${ahead.key.toUpperCase()} is ahead; it is ${sure(standing?.certainty ?? 0)} sure that this is no chance.`
    : "None is ahead.";
  if (isHeld) return `${lead} The decision was taken back, so only a person decides.`;
  if (!needs) return `${lead} The step looks for no winner: chance goes on, until somebody decides.`;
  const least = Math.min(...variants.filter(({ weight }) => weight > 0).map(({ written }) => written));
  const next = `${sure(needs.certainty)} are needed`;
  return least < needs.written
    ? `${lead} The next look is when ${count(needs.written)} people of each variant have been written to and had time to answer (now ${count(least)}); then ${next}.`
    : `${lead} It is looked at within a minute; ${next}.`;
}
