import { useQuery } from "@tanstack/react-query";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import { CUSTOM, EVENT_DATE, isMessage, WAITS, type WaitMode, waitMode } from "~/components/funnel/kinds.ts";
import { Frame, SelectField } from "~/ui/field.tsx";
import { HAPPENINGS } from "./conditions.ts";
import { SpanField } from "./span-field.tsx";
import { useWorkbench } from "./use-builder.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const NONE: NodeConfig = {
  seconds: undefined,
  until: undefined,
  days: undefined,
  event: undefined,
  node: undefined,
  timeout_seconds: undefined,
  date: undefined,
  offset_days: undefined,
  at: undefined,
  if_past: undefined,
  if_none: undefined,
};

type Props = { node: FunnelNode; onChange: (settings: NodeConfig, about: string) => void };

/** What a wait waits for: a time that passes, a time of the day, a date of the contact, or something that happens. */
export function WaitFields({ node, onChange }: Props) {
  const config = node.config ?? {};
  const mode = waitMode(config);
  const set = (settings: NodeConfig, about: string) => onChange(settings, `${node.key}.${about}`);
  return (
    <>
      <SelectField
        label="Waits"
        value={mode}
        onChange={({ target }) =>
          set({ ...NONE, ...WAITS[target.value as WaitMode].defaults }, `mode.${target.value}`)
        }
      >
        {Object.entries(WAITS).map(([value, { label }]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      {mode === "for" ? (
        <SpanField
          label="How long"
          hint="Counted from when somebody gets here. Messages still keep to the campaign's send window."
          value={config.seconds}
          onChange={(seconds) => set({ seconds }, "seconds")}
        />
      ) : mode === "until" ? (
        <UntilFields config={config} set={set} />
      ) : mode === "date" ? (
        <DateFields config={config} set={set} />
      ) : (
        <EventFields config={config} set={set} />
      )}
    </>
  );
}

type Part = { config: NodeConfig; set: (settings: NodeConfig, about: string) => void };

function UntilFields({ config, set }: Part) {
  const days = Array.isArray(config.days) ? (config.days as number[]) : EVERY_DAY;
  return (
    <>
      <Frame label="Time of the day" hint="By the clock where the contact is.">
        {(control) => (
          <input
            {...control}
            className="input"
            type="time"
            value={typeof config.until === "string" ? config.until : ""}
            onChange={({ target }) => {
              if (target.value !== "") set({ until: target.value.slice(0, 5) }, "until");
            }}
          />
        )}
      </Frame>
      <fieldset className="field day-field">
        <legend className="label">On these days</legend>
        {DAYS.map((name, at) => (
          <label className="check" key={name}>
            <input
              type="checkbox"
              checked={days.includes(at + 1)}
              onChange={({ target }) => {
                const next = EVERY_DAY.filter((day) =>
                  day === at + 1 ? target.checked : days.includes(day),
                );
                set({ days: next }, "days");
              }}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

const OTHERWISE = [
  { value: "go_on", label: "They go on at once" },
  { value: "leave", label: "They leave the campaign" },
];

function DateFields({ config, set }: Part) {
  const fields = (useQuery(customFieldsQuery).data ?? []).filter(({ kind }) => kind === "date");
  const chosen = typeof config.date === "string" ? config.date : "";
  const days = typeof config.offset_days === "number" ? config.offset_days : 0;
  const side = days < 0 ? "before" : "after";
  const known = chosen === EVENT_DATE || fields.some(({ key }) => `${CUSTOM}${key}` === chosen);
  return (
    <>
      <SelectField
        label="Date"
        hint={
          fields.length === 0
            ? "A date of each contact needs a custom field that holds dates: Settings, Custom fields."
            : "A date that is changed while somebody waits is waited for as it is then."
        }
        value={chosen}
        onChange={({ target }) => set({ date: target.value }, "date")}
      >
        {known ? null : (
          <option value={chosen}>{chosen === "" ? "Choose a field" : `${chosen}, which is not there`}</option>
        )}
        <option value={EVENT_DATE}>The day of the event</option>
        {fields.map(({ key, name }) => (
          <option key={key} value={`${CUSTOM}${key}`}>
            {name}
          </option>
        ))}
      </SelectField>
      <Frame label="On which day" group>
        {({ id: _, ...control }) => (
          <fieldset className="span-field" aria-label="On which day">
            <input
              {...control}
              className="input"
              type="number"
              min={0}
              max={366}
              aria-label="Days"
              value={Math.abs(days)}
              onChange={({ target }) => {
                const next = target.valueAsNumber;
                if (Number.isInteger(next) && next >= 0)
                  set({ offset_days: side === "before" ? -next : next }, "offset");
              }}
            />
            <select
              className="input"
              aria-label="Before or after"
              value={side}
              onChange={({ target }) =>
                set(
                  { offset_days: target.value === "before" ? -Math.abs(days || 1) : Math.abs(days) },
                  "side",
                )
              }
            >
              <option value="before">days before it</option>
              <option value="after">days after it</option>
            </select>
          </fieldset>
        )}
      </Frame>
      <Frame label="Time of the day" hint="By the clock where the contact is.">
        {(control) => (
          <input
            {...control}
            className="input"
            type="time"
            value={typeof config.at === "string" ? config.at : ""}
            onChange={({ target }) => {
              if (target.value !== "") set({ at: target.value.slice(0, 5) }, "at");
            }}
          />
        )}
      </Frame>
      {(
        [
          ["if_past", "If that was before they got here"],
          ["if_none", "If they have no such date"],
        ] as const
      ).map(([name, label]) => (
        <SelectField
          key={name}
          label={label}
          value={config[name] === "leave" ? "leave" : "go_on"}
          onChange={({ target }) => set({ [name]: target.value }, name)}
        >
          {OTHERWISE.map(({ value, label: words }) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
      ))}
    </>
  );
}

function EventFields({ config, set }: Part) {
  const { graph, outline } = useWorkbench();
  const number = (key: string) => outline.numbers.get(key) ?? 0;
  const messages = graph.nodes
    .filter(({ type }) => isMessage(type))
    .toSorted((one, other) => number(one.key) - number(other.key));
  const chosen = typeof config.node === "string" ? config.node : "";
  return (
    <>
      <SelectField
        label="Message"
        value={chosen}
        onChange={({ target }) => set({ node: target.value || undefined }, "node")}
      >
        <option value="">any message of the campaign</option>
        {messages.map(({ key, name }) => (
          <option key={key} value={key}>
            {number(key)}. {name || key}
          </option>
        ))}
        {chosen === "" || messages.some(({ key }) => key === chosen) ? null : (
          <option value={chosen}>{chosen}, which is not there</option>
        )}
      </SelectField>
      <SelectField
        label="What happens"
        value={typeof config.event === "string" ? config.event : ""}
        onChange={({ target }) => set({ event: target.value }, "event")}
      >
        {HAPPENINGS.filter(({ value }) => value !== "sent").map(({ value, did }) => (
          <option key={value} value={value}>
            it {did}
          </option>
        ))}
      </SelectField>
      <SpanField
        label="But no longer than"
        hint="Which of the two it was can be asked by the ways out."
        value={config.timeout_seconds}
        onChange={(timeout_seconds) => set({ timeout_seconds }, "timeout")}
      />
    </>
  );
}
