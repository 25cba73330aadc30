/** Splits of a campaign: how their variants do, and which has won. */

/** What it takes for a variant to win. */
export type WinnerRule = { sample: number; confidence: number; answers?: string[]; answer_hours?: number };
/** One variant; a person counts once. Shares are 0 to 1. */
export type VariantLine = {
  key: string;
  weight: number;
  /** Whom chance gave it. */
  people: number;
  /** Those who were written to and have had their time to answer. */
  written: number;
  answered: number;
  rate: number;
  /** The ends of the interval that the true share lies in with 95 %. */
  low: number;
  high: number;
  /** Who have it because it had won. */
  as_winner: number;
};
export type SplitDecision = {
  winner: string;
  at: string | null;
  /** A member; nobody where it was the numbers. */
  by: string | null;
  numbers: { certainty: number | null } | null;
};
export type SplitContest = {
  node: string;
  name: string;
  rule: WinnerRule | null;
  variants: VariantLine[];
  standing: { best: number; certainty: number } | null;
  needs: { written: number; certainty: number } | null;
  looks: number;
  is_watched: boolean;
  is_held: boolean;
  decision: SplitDecision | null;
};
