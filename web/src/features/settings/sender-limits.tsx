import { fieldError } from "~/api/errors.ts";
import type { Sender, SenderInput } from "~/api/types/senders.ts";
import { TextField } from "~/ui/field.tsx";

/** The limits of a sender as they are typed. */
export type LimitDraft = {
  minute: string;
  hour: string;
  day: string;
  domain: string;
  jitter: boolean;
  warms: boolean;
  start: string;
  step: string;
};

const text = (value: number | null | undefined) => String(value ?? "");

export const limitsOf = (sender: Sender | null): LimitDraft => ({
  minute: text(sender?.rate_per_minute),
  hour: text(sender?.hourly_cap),
  day: text(sender?.daily_cap),
  domain: text(sender?.domain_cap),
  jitter: sender?.jitter ?? false,
  warms: sender?.ramp != null,
  start: text(sender?.ramp?.start ?? 5),
  step: text(sender?.ramp?.step ?? 3),
});

export const toLimits = (draft: LimitDraft): SenderInput => ({
  rate_per_minute: numberOf(draft.minute),
  hourly_cap: numberOf(draft.hour),
  daily_cap: numberOf(draft.day),
  domain_cap: numberOf(draft.domain),
  jitter: draft.jitter,
  ramp: draft.warms ? { start: numberOf(draft.start) ?? 0, step: numberOf(draft.step) ?? 0 } : null,
});

/** How much may leave from an account, how evenly, and how it is warmed up. */
export function LimitFields({
  email,
  draft,
  error,
  onChange,
}: {
  email: boolean;
  draft: LimitDraft;
  error: Error | null;
  onChange: (draft: LimitDraft) => void;
}) {
  const field = (
    name: "minute" | "hour" | "day" | "domain" | "start" | "step",
    label: string,
    hint: string,
    of: string,
  ) => (
    <TextField
      label={label}
      inputMode="numeric"
      hint={hint}
      value={draft[name]}
      error={fieldError(error, of)}
      onChange={(event) => onChange({ ...draft, [name]: event.target.value })}
    />
  );
  return (
    <fieldset className="stack-2 group">
      <legend>Limits</legend>
      <div className="form-pairs">
        {field(
          "minute",
          "Messages a minute",
          "Empty: as fast as the provider takes them.",
          "rate_per_minute",
        )}
        {field("hour", "Messages an hour", "Spread over the hour. Empty: no limit.", "hourly_cap")}
        {field(
          "day",
          "Messages a day",
          "Empty: no limit. From midnight in the workspace's time zone.",
          "daily_cap",
        )}
        {email
          ? field("domain", "An hour to one domain", "To gmail.com, say. Empty: no limit.", "domain_cap")
          : null}
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={draft.jitter}
          onChange={(event) => onChange({ ...draft, jitter: event.target.checked })}
        />
        <span>Vary the pauses between messages, as a person would</span>
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={draft.warms}
          onChange={(event) => onChange({ ...draft, warms: event.target.checked })}
        />
        <span>Warm it up: a few messages on the first day, more on every further one</span>
      </label>
      {draft.warms ? (
        <div className="form-pairs">
          {field("start", "On the first day", "Messages. The first day is today.", "ramp")}
          {field("step", "More on each further day", "Until the limit a day is reached.", "ramp")}
        </div>
      ) : null}
    </fieldset>
  );
}

/** A number that is none is refused by the server, beside its field. */
function numberOf(typed: string): number | null {
  const value = typed.trim().replaceAll(/[,\s]/g, "");
  return value === "" ? null : /^\d+$/.test(value) ? Number(value) : 0;
}
