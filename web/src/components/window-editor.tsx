import type { SendWindow } from "~/api/types/campaigns.ts";
import { Button, IconButton } from "~/ui/button.tsx";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
export const OFFICE_HOURS: SendWindow = { days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" };

/** When messages may leave, on the clock of the person who gets them. None means at any time. */
export function WindowEditor({
  windows,
  onChange,
}: {
  windows: SendWindow[];
  onChange: (windows: SendWindow[]) => void;
}) {
  const change = (index: number, part: Partial<SendWindow>) =>
    onChange(windows.map((window, place) => (place === index ? { ...window, ...part } : window)));
  return (
    <fieldset className="stack-2">
      <legend className="label">Send window, on the clock of each contact</legend>
      {windows.length === 0 ? <p className="small soft">Messages may leave at any time of any day.</p> : null}
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
