import { fieldError } from "~/api/errors.ts";
import type { Channel } from "~/api/types/channel.ts";
import { CHANNELS, channelLabel } from "~/lib/channel.ts";
import { FieldError, TextField } from "~/ui/field.tsx";
import type { Agreed } from "./rules.ts";

const NOTHING: Agreed = { channels: ["email"], source: "", day: "" };

/** What the people of the file agreed to, and how that is known. */
export function AgreedFields({
  agreed,
  error,
  onChange,
}: {
  agreed: Agreed | null;
  error: unknown;
  onChange: (agreed: Agreed | null) => void;
}) {
  const flip = (from: Agreed, channel: Channel) => {
    const has = from.channels.includes(channel);
    const channels = has ? from.channels.filter((other) => other !== channel) : [...from.channels, channel];
    onChange({ ...from, channels });
  };
  const wrong = fieldError(error, "consent.channels");
  return (
    <section className="panel" aria-label="Consent">
      <div className="panel-body stack">
        <label className="row box-choice">
          <input
            type="checkbox"
            checked={agreed !== null}
            onChange={() => onChange(agreed === null ? NOTHING : null)}
          />
          <span className="strong">The people of this file agreed to be written to</span>
        </label>
        {agreed ? (
          <>
            <fieldset className="stack-2">
              <legend className="label">On these channels</legend>
              <div className="row row-wrap">
                {CHANNELS.map((channel) => (
                  <label className="row box-choice" key={channel}>
                    <input
                      type="checkbox"
                      checked={agreed.channels.includes(channel)}
                      onChange={() => flip(agreed, channel)}
                    />
                    {channelLabel(channel)}
                  </label>
                ))}
              </div>
              {wrong ? <FieldError alert>{wrong}</FieldError> : null}
            </fieldset>
            <div className="agreed-how">
              <TextField
                label="Where it comes from"
                hint="A form, an event, a call, a contract"
                error={fieldError(error, "consent.source")}
                maxLength={200}
                autoComplete="off"
                value={agreed.source}
                onChange={(event) => onChange({ ...agreed, source: event.target.value })}
              />
              <TextField
                label="When (today if empty)"
                type="date"
                error={fieldError(error, "consent.at")}
                value={agreed.day}
                onChange={(event) => onChange({ ...agreed, day: event.target.value })}
              />
            </div>
            <p className="small soft">
              Written down for everybody whom a row adds or meets, except people who are skipped. Who took it
              back, or is on the suppression list, agrees to nothing by being in a file. Undoing the import
              takes it back.
            </p>
          </>
        ) : null}
      </div>
    </section>
  );
}
