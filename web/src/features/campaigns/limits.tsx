import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { settingsQuery } from "~/api/queries.ts";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { TextField } from "~/ui/field.tsx";

/** How much a campaign may send in a day, and whether it rests on holidays. */
export function Limits({
  cap,
  onHolidays,
  error,
  onCap,
  onOnHolidays,
}: {
  cap: string;
  onHolidays: boolean;
  error?: string | undefined;
  onCap: (cap: string) => void;
  onOnHolidays: (on: boolean) => void;
}) {
  const settings = useQuery(settingsQuery);
  const holidays = settings.data?.holidays.length ?? 0;
  return (
    <div className="form-pairs">
      <TextField
        label="Most messages a day"
        inputMode="numeric"
        hint="Over all its accounts. Empty: only their own limits count."
        value={cap}
        error={error}
        onChange={(event) => onCap(event.target.value)}
      />
      <div className="field">
        <span className="label">Holidays</span>
        <label className="check">
          <input
            type="checkbox"
            checked={!onHolidays}
            onChange={(event) => onOnHolidays(!event.target.checked)}
          />
          <span>Rest on holidays</span>
        </label>
        <span className="small soft">
          {holidays === 0 ? "None are written down yet: " : `${plural(holidays, "day")} written down: `}
          <Link className="link" to={paths.settings("sending")}>
            Settings, Sending
          </Link>
        </span>
      </div>
    </div>
  );
}
