import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { settingsQuery } from "~/api/queries.ts";
import type { Lateness } from "~/api/types/campaigns.ts";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { SelectField, TextField } from "~/ui/field.tsx";

/** How much a campaign may send in a day, whether it rests on holidays, and what becomes of what is late. */
export function Limits({
  cap,
  onHolidays,
  lateness,
  endsForCompany,
  error,
  onCap,
  onOnHolidays,
  onLateness,
  onEndsForCompany,
}: {
  cap: string;
  onHolidays: boolean;
  lateness: Lateness;
  endsForCompany: boolean;
  error?: string | undefined;
  onCap: (cap: string) => void;
  onOnHolidays: (on: boolean) => void;
  onLateness: (lateness: Lateness) => void;
  onEndsForCompany: (ends: boolean) => void;
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
      <SelectField
        label="A message that is more than two hours late"
        hint="Late because sending was not running. Pauses, caps and hours do not make late."
        value={lateness}
        onChange={(event) => onLateness(event.target.value as Lateness)}
      >
        <option value="skip">Is skipped; the person goes on</option>
        <option value="send">Is sent all the same</option>
        <option value="ask">Waits until somebody decides</option>
      </SelectField>
      <div className="field">
        <span className="label">Answers</span>
        <label className="check">
          <input
            type="checkbox"
            checked={endsForCompany}
            onChange={(event) => onEndsForCompany(event.target.checked)}
          />
          <span>An answer ends it for the whole company</span>
        </label>
        <span className="small soft">Whoever answers leaves it anyhow. That cannot be switched off.</span>
      </div>
    </div>
  );
}
