import type { Bands, Criterion } from "~/api/types/icp.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { dayWords } from "~/lib/format.ts";
import type { Tone } from "~/ui/badge.tsx";
import { isBare } from "../rule/draft.ts";
import { icpField, icpWays } from "./fields.ts";

export type Band = keyof Bands;
export const BANDS: readonly { id: Band; label: string; range: string; low: number; tone: Tone }[] = [
  { id: "strong", label: "Strong", range: "75–100", low: 75, tone: "good" },
  { id: "good", label: "Good", range: "50–74", low: 50, tone: "info" },
  { id: "weak", label: "Weak", range: "25–49", low: 25, tone: "warn" },
  { id: "poor", label: "Poor", range: "0–24", low: 0, tone: "plain" },
];
const POOR = BANDS[3] as (typeof BANDS)[number];

/** Where a score stands. */
export const bandOf = (score: number): (typeof BANDS)[number] =>
  BANDS.find(({ low }) => score >= low) ?? POOR;

export const bandParts = (bands: Bands) => [
  { value: bands.strong, fill: "good" as const, label: "strong" },
  { value: bands.good, fill: "info" as const, label: "good" },
  { value: bands.weak, fill: "warn" as const, label: "weak" },
  { value: bands.poor, fill: "plain" as const, label: "poor" },
];

export const sizeOf = (bands: Bands): number => bands.strong + bands.good + bands.weak + bands.poor;

/** The rule of a criterion as somebody would say it: "Title contains VP or Head of". */
export function criterionWords(
  { field: name, op, values }: Pick<Criterion, "field" | "op" | "values">,
  custom: readonly CustomField[],
): string {
  const field = icpField(name, custom);
  const way = icpWays(field.kind, op).find((one) => one.op === op);
  const start = `${field.label} ${way?.label ?? op}`;
  if (isBare(op)) return start;
  const said = values.map((value) => {
    if (field.kind === "boolean") return value === "true" ? "yes" : "no";
    return field.kind === "date" ? dayWords(value) : value;
  });
  return `${start} ${said.join(op === "is_not" ? " nor " : " or ")}`;
}

/** `+20`, `−20`. */
export const signed = (points: number): string => (points < 0 ? `−${-points}` : `+${points}`);
