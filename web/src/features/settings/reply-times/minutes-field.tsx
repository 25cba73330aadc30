import { useState } from "react";
import { Frame } from "~/ui/field.tsx";

const HOUR = 60;

/** A span of time in minutes or hours, whichever is chosen; `null` while nothing that counts is typed. */
export function MinutesField({
  label,
  name,
  value,
  onChange,
}: {
  label: string;
  /** The field that the server would find wrong. */
  name: string;
  value: number | null;
  onChange: (minutes: number | null) => void;
}) {
  const [unit, setUnit] = useState(value !== null && value % HOUR === 0 ? HOUR : 1);
  const [text, setText] = useState(value === null ? "" : String(value / unit));
  const tell = (typed: string, by: number) => {
    const minutes = Math.round(Number(typed) * by);
    onChange(typed.trim() !== "" && minutes > 0 ? minutes : null);
  };
  return (
    <Frame label={label} name={name}>
      {(control) => (
        <div className="minutes">
          <input
            {...control}
            className="input"
            type="number"
            min={unit === HOUR ? 0.5 : 1}
            max={unit === HOUR ? 720 : 43_200}
            step={unit === HOUR ? 0.5 : 1}
            required
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              tell(target.value, unit);
            }}
          />
          <select
            className="input"
            aria-label={`${label}: minutes or hours`}
            value={unit}
            onChange={({ target }) => {
              const by = Number(target.value);
              setUnit(by);
              tell(text, by);
            }}
          >
            <option value={HOUR}>hours</option>
            <option value={1}>minutes</option>
          </select>
        </div>
      )}
    </Frame>
  );
}
