import type { CampaignEvent } from "~/api/types/campaigns.ts";
import { Choices, SelectField, TextField } from "~/ui/field.tsx";
import { newEvent, type RulesDraft } from "./rules-draft.ts";

/** Who looks over its messages, whom it leaves alone, and what it invites to. */
export function Rules({
  rules,
  error,
  onChange,
}: {
  rules: RulesDraft;
  /** What is wrong with a field, by its name at the server. */
  error?: (field: string) => string | undefined;
  onChange: (rules: RulesDraft) => void;
}) {
  const set = (part: Partial<RulesDraft>) => onChange({ ...rules, ...part });
  return (
    <>
      <Choices
        legend="Before its messages leave"
        name="approval"
        value={rules.approval}
        onChange={(approval) => set({ approval })}
        options={[
          { value: "none", title: "Nobody is asked", text: "They leave in its hours, by its limits." },
          {
            value: "first",
            title: "The first message to each is looked over",
            text: "It waits in the send queue. What follows leaves by itself.",
          },
          {
            value: "all",
            title: "Every message is looked over",
            text: "Nothing leaves before somebody says yes. A step can say otherwise.",
          },
        ]}
      />
      <div className="form-pairs">
        <div className="field">
          <span className="label">People in other campaigns</span>
          <label className="check">
            <input
              type="checkbox"
              checked={rules.exclusive}
              onChange={(event) => set({ exclusive: event.target.checked })}
            />
            <span>Leave out who is in another running campaign</span>
          </label>
          <span className="small soft">Whoever answers, opts out or bounces leaves all of them anyhow.</span>
        </div>
        <TextField
          label="Days since another campaign wrote to them"
          inputMode="numeric"
          hint="Its first message waits until then. Empty: it does not."
          value={rules.gap}
          error={error?.("gap_days")}
          onChange={(event) => set({ gap: event.target.value })}
        />
      </div>
      <div className="field">
        <span className="label">Event</span>
        <label className="check">
          <input
            type="checkbox"
            checked={rules.event !== null}
            onChange={(event) => set({ event: event.target.checked ? newEvent() : null })}
          />
          <span>It invites to an event</span>
        </label>
        <span className="small soft">
          Its texts can name it, and its steps can wait for days before and after it.
        </span>
      </div>
      {rules.event ? (
        <EventFields event={rules.event} error={error} onChange={(event) => set({ event })} />
      ) : null}
    </>
  );
}

function EventFields({
  event,
  error,
  onChange,
}: {
  event: CampaignEvent;
  error?: ((field: string) => string | undefined) | undefined;
  onChange: (event: CampaignEvent) => void;
}) {
  const set = (part: Partial<CampaignEvent>) => onChange({ ...event, ...part });
  return (
    <div className="form-pairs">
      <TextField
        label="Name of the event"
        required
        value={event.name}
        error={error?.("event.name")}
        onChange={({ target }) => set({ name: target.value })}
      />
      <SelectField
        label="How people take part"
        value={event.type}
        onChange={({ target }) => set({ type: target.value as CampaignEvent["type"] })}
      >
        <option value="In-Person">In person</option>
        <option value="Virtual">Virtual</option>
      </SelectField>
      <TextField
        label="Day"
        type="date"
        required
        value={event.date}
        error={error?.("event.date")}
        onChange={({ target }) => set({ date: target.value })}
      />
      <TextField
        label="Time"
        type="time"
        hint="Where it takes place. May be left out."
        value={event.time ?? ""}
        onChange={({ target }) => set({ time: target.value === "" ? null : target.value.slice(0, 5) })}
      />
      <TextField
        label="Time zone of the event"
        value={event.time_zone ?? ""}
        error={error?.("event.time_zone")}
        onChange={({ target }) => set({ time_zone: target.value })}
      />
      <TextField
        label="Place or link"
        value={event.place ?? ""}
        error={error?.("event.place")}
        onChange={({ target }) => set({ place: target.value })}
      />
    </div>
  );
}
