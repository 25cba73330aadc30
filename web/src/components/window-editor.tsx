import type { SendWindow } from "~/api/types/campaigns.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import "./window-editor.css";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** What the windows of a campaign are called, and what it means that it has none. */
export const SEND_WINDOW = "Send window, on the clock of each contact";
export const ANY_TIME = "Messages may leave at any time of any day.";
export const OFFICE_HOURS: SendWindow = { days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" };

/** Hours of certain weekdays. `none` says what it means that there are none. */
export function WindowEditor({
  legend,
  none,
  windows,
  onChange,
}: {
  legend: string;
  none: string;
  windows: readonly SendWindow[];
  onChange: (windows: SendWindow[]) => void;
}) {
  const change = (index: number, part: Partial<SendWindow>) =>
    onChange(windows.map((window, place) => (place === index ? { ...window, ...part } : window)));
  return (
    <fieldset className="stack-2">
      <legend className="label">{legend}</legend>
      {windows.length === 0 ? <p className="small soft">{none}</p> : null}
      {windows.map((window, index) => (
        <div className="window" key={index}>
          <div className="days">
            {DAYS.map((day, place) => {
              const number = place + 1;
              const on = window.days.includes(number);
              return (
                <button
                  key={day}
                  type="button"
                  className="day"
                  aria-pressed={on}
                  onClick={() =>
                    change(index, {
                      days: on
                        ? window.days.filter((item) => item !== number)
                        : [...window.days, number].sort(),
                    })
                  }
                >
                  {day}
                </button>
              );
            })}
          </div>
          <input
            className="input time"
            type="time"
            aria-label="From"
            value={window.from}
            required
            onChange={(event) => change(index, { from: event.target.value })}
          />
          <span className="small soft">to</span>
          <input
            className="input time"
            type="time"
            aria-label="Until"
            value={window.until}
            required
            onChange={(event) => change(index, { until: event.target.value })}
          />
          <IconButton
            icon="trash"
            label="Remove this window"
            onClick={() => onChange(windows.filter((_, place) => place !== index))}
          />
        </div>
      ))}
      <div>
        <Button small icon="plus" onClick={() => onChange([...windows, OFFICE_HOURS])}>
          Add a window
        </Button>
      </div>
    </fieldset>
  );
}
