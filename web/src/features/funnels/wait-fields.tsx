import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import { isMessage, WAITS, type WaitMode, waitMode } from "~/components/funnel/kinds.ts";
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
};

type Props = { node: FunnelNode; onChange: (settings: NodeConfig, about: string) => void };

/** What a wait waits for: a time that passes, a time of the day, or something that happens. */
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
