import { useState } from "react";
import { Frame } from "~/ui/field.tsx";
import { amountOf, secondsOf, UNITS, type Unit, unitOf } from "./spans.ts";

/** A number and its unit. What is no number yet stays in the field and changes nothing. */
export function SpanField({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  value: unknown;
  onChange: (seconds: number) => void;
}) {
  const seconds = typeof value === "number" ? value : 0;
  const [said, setSaid] = useState<{ seconds: number; amount: string; unit: Unit } | null>(null);
  // Until another change (an undo) says something else, it stays as it was written: 14 days, and not 2 weeks.
  const own = said?.seconds === seconds ? said : null;
  const unit = own?.unit ?? unitOf(seconds);
  const amount = own?.amount ?? String(amountOf(seconds, unit));
  const say = (nextAmount: string, nextUnit: Unit) => {
    const next = secondsOf(nextAmount, nextUnit);
    setSaid({ seconds: next ?? seconds, amount: nextAmount, unit: nextUnit });
    if (next !== null) onChange(next);
  };
  const wrong = secondsOf(amount, unit) === null ? "Write a number." : undefined;
  return (
    <Frame label={label} hint={hint} error={wrong} group>
      {({ id: _, ...control }) => (
        <fieldset className="span-field" aria-label={label}>
          <input
            {...control}
            className="input"
            aria-label="Number"
            inputMode="decimal"
            autoComplete="off"
            value={amount}
            onChange={(event) => say(event.target.value, unit)}
          />
          <select
            className="input"
            aria-label="Unit"
            value={unit}
            onChange={(event) => say(amount, event.target.value as Unit)}
          >
            {UNITS.map(({ value: each, label }) => (
              <option key={each} value={each}>
                {label}
              </option>
            ))}
          </select>
        </fieldset>
      )}
    </Frame>
  );
}
