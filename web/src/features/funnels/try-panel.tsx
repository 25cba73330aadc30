import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { messageOf } from "~/api/errors.ts";
import { ContactPicker } from "~/components/contact-picker.tsx";
import { channelPhrase } from "~/lib/channel.ts";
import { clockTime, count, longDate, percent, personName, plural, span } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Segmented, SelectField, TextField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout, Skeleton } from "~/ui/states.tsx";
import {
  type Asked,
  BEHAVIOURS,
  type Behaviour,
  daysOf,
  type Entry,
  lengthOf,
  outcomeOf,
  type Rehearsal,
  rehearsalQuery,
  type Story,
  WHATS,
} from "./rehearsal.ts";
import { useWorkbench } from "./use-builder.ts";
import "./try-panel.css";

/** A rehearsal of the funnel as it stands: nobody gets anything. */
export function TryPanel({
  onClose,
  onCounts,
}: {
  onClose: () => void;
  /** How many got to each step; nothing where one person is looked at. */
  onCounts: (reached: ReadonlyMap<string, number> | null) => void;
}) {
  const { graph, checks } = useWorkbench();
  const box = useRef<HTMLElement>(null);
  const [person, setPerson] = useState<{ id: string; name: string } | null>(null);
  const [who, setWho] = useState<"contact" | "made-up">("made-up");
  const [asked, setAsked] = useState<Asked>({
    contact: null,
    people: 100,
    behaviour: "mixed",
    hours: 4,
    office: true,
    seed: 1,
  });
  const set = (change: Partial<Asked>) => setAsked((now) => ({ ...now, ...change }));
  const settled = useDebounced(graph, 300);
  const ready = checks.errors === 0 && (who === "made-up" || person !== null);
  const full = useMemo(
    () => ({ ...asked, contact: who === "contact" ? (person?.id ?? null) : null }),
    [asked, who, person],
  );
  const { data, error, isFetching } = useQuery({
    ...rehearsalQuery(settled, full),
    enabled: ready,
    placeholderData: keepPreviousData,
  });
  const shown = ready ? data : undefined;
  const many = shown !== undefined && shown.summary.people > 1;
  const tell = useRef(onCounts);
  tell.current = onCounts;
  useEffect(() => {
    tell.current(
      many && shown ? new Map(shown.summary.steps.map(({ node, reached }) => [node, reached])) : null,
    );
  }, [shown, many]);
  useEffect(() => () => tell.current(null), []);
  useEffect(() => box.current?.querySelector("h2")?.focus(), []);
  return (
    <aside
      className="dock"
      id="dock"
      ref={box}
      aria-label="Try it"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dock-head">
        <h2 className="grow" tabIndex={-1}>
          Try it
        </h2>
        <IconButton icon="cross" label="Close Try it" onClick={onClose} />
      </div>
      <section className="side-block" aria-label="With whom">
        <p className="small soft">Nobody gets anything: the funnel runs on a clock of its own.</p>
        <Segmented
          label="With whom"
          value={who}
          onChange={setWho}
          options={[
            { value: "made-up", label: "Made-up people" },
            { value: "contact", label: "A contact" },
          ]}
        />
        {who === "made-up" ? (
          <SelectField
            label="How many"
            value={asked.people}
            hint="Some lack a phone number, a name or an e-mail address, as real ones do."
            onChange={(event) => set({ people: Number(event.target.value) })}
          >
            <option value={1}>One</option>
            <option value={100}>100</option>
            <option value={1000}>1,000</option>
          </SelectField>
        ) : person ? (
          <div className="row">
            <Icon name="user" />
            <span className="grow strong clip">{person.name}</span>
            <Button small onClick={() => setPerson(null)}>
              Another
            </Button>
          </div>
        ) : (
          <ContactPicker
            label="Contact"
            onPick={(contact) => setPerson({ id: contact.id, name: personName(contact) })}
          />
        )}
        <SelectField
          label="What they do"
          value={asked.behaviour}
          onChange={(event) => set({ behaviour: event.target.value as Behaviour })}
        >
          {BEHAVIOURS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {asked.behaviour === "nothing" ? null : (
          <TextField
            label="After how many hours"
            type="number"
            min={0}
            max={8760}
            value={asked.hours}
            hint="An answer takes twice as long."
            onChange={(event) => set({ hours: Math.max(0, Math.min(8760, Number(event.target.value))) })}
          />
        )}
        <label className="row small">
          <input
            type="checkbox"
            checked={asked.office}
            onChange={(event) => set({ office: event.target.checked })}
          />
          Only Monday to Friday, 9 to 17, where they are
        </label>
        {asked.behaviour === "mixed" || who === "made-up" ? (
          <Button small icon="refresh" onClick={() => set({ seed: asked.seed + 1 })}>
            Other chance
          </Button>
        ) : null}
      </section>
      <div aria-live="polite" aria-busy={isFetching}>
        {checks.errors > 0 ? (
          <Callout tone="warn">
            Correct the {plural(checks.errors, "problem")} first: as it stands nobody could go through it.
          </Callout>
        ) : error ? (
          <Callout tone="bad">{messageOf(error)}</Callout>
        ) : !ready ? null : shown === undefined ? (
          <Skeleton lines={5} />
        ) : many ? (
          <Many rehearsal={shown} />
        ) : shown.stories[0] ? (
          <One story={shown.stories[0]} start={shown.starts_ms} />
        ) : null}
      </div>
    </aside>
  );
}

function Many({ rehearsal }: { rehearsal: Rehearsal }) {
  const { nameOf, select } = useWorkbench();
  const [at, setAt] = useState<number | null>(null);
  const { summary, stories } = rehearsal;
  const story = at === null ? undefined : stories[at];
  const outcomes = Object.entries(summary.outcomes).sort(([, a], [, b]) => b - a);
  return (
    <>
      <section className="side-block" aria-label="How it ends">
        <h3>{lengthOf(rehearsal)}</h3>
        <ul className="try-outcomes">
          {outcomes.map(([outcome, people]) => {
            const { words, tone } = outcomeOf(outcome);
            return (
              <li key={outcome}>
                <span className="row small">
                  <span className="grow">{words}</span>
                  <span className="strong tabular">{count(people)}</span>
                </span>
                <span className="try-meter" aria-hidden="true">
                  <span className={`try-${tone}`} style={{ width: `${(people / summary.people) * 100}%` }} />
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      <section className="side-block" aria-label="Step by step">
        <h3>Step by step</h3>
        <ul className="try-steps">
          {summary.steps.map((step) => (
            <li key={step.node}>
              <button type="button" className="try-step" onClick={() => select([step.node])}>
                <span className="grow clip">{nameOf(step.node)}</span>
                <span className="strong tabular">{count(step.reached)}</span>
                <span className="small soft try-note">{noteOf(step)}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section className="side-block" aria-label="One of them">
        <SelectField
          label="One of them"
          value={at ?? ""}
          onChange={(event) => setAt(event.target.value === "" ? null : Number(event.target.value))}
        >
          <option value="">Choose somebody</option>
          {stories.map((one, number) => (
            <option key={number} value={number}>
              {number + 1}. {one.name}: {one.outcome.replace("_", " ")}
            </option>
          ))}
        </SelectField>
      </section>
      {story ? <One story={story} start={rehearsal.starts_ms} /> : null}
    </>
  );
}

function noteOf(step: Rehearsal["summary"]["steps"][number]): string {
  const parts = [
    step.sent > 0 ? `${count(step.sent)} sent` : "",
    step.skipped > 0 ? `${count(step.skipped)} skipped` : "",
    step.opened > 0 ? `${percent(step.opened, step.sent)} opened` : "",
    step.replied > 0 ? `${count(step.replied)} answered` : "",
    step.bounced > 0 ? `${count(step.bounced)} bounced` : "",
    step.ended > 0 ? `${count(step.ended)} end here` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function One({ story, start }: { story: Story; start: number }) {
  const zone = story.time_zone ?? undefined;
  const { words, tone } = outcomeOf(story.outcome);
  return (
    <section className="side-block" aria-label={`What happens to ${story.name}`}>
      <h3>{story.name}</h3>
      <p className="small soft">
        {tone === "good" ? "As it should be" : "Look at this"}: people like this {words}.
        {zone ? ` Times are those of ${zone.replaceAll("_", " ")}.` : ""}
      </p>
      <ol className="try-days">
        {daysOf(story.entries, start, zone).map(({ day, entries }) => (
          <li key={day}>
            <h4 className="small strong">
              Day {day} <span className="soft">{longDate(entries[0]?.at_ms ?? start, zone)}</span>
            </h4>
            <ul className="try-entries">
              {entries.map((entry, at) => (
                <Line key={at} entry={entry} zone={zone} />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Line({ entry, zone }: { entry: Entry; zone: string | undefined }) {
  const { nameOf, select } = useWorkbench();
  const { words, icon } = WHATS[entry.what];
  const name = entry.node === null ? "" : nameOf(entry.node);
  const { node } = entry;
  return (
    <li className={`try-entry try-entry-${entry.what}`}>
      <span className="small soft tabular">{clockTime(entry.at_ms, zone)}</span>
      <Icon name={icon} />
      <div className="try-words">
        {node === null ? null : (
          <button type="button" className="link strong" onClick={() => select([node])}>
            {name}
          </button>
        )}{" "}
        <span>
          {entry.what === "sent" && entry.channel ? `goes out ${channelPhrase(entry.channel)}` : words}
          {entry.what === "waits" && entry.until_ms
            ? ` ${span(Math.round((entry.until_ms - entry.at_ms) / 1000))}`
            : ""}
          {entry.what === "status" ? ` ${entry.text ?? ""}` : ""}
        </span>
        {entry.what === "sent" ? (
          <details className="try-text">
            <summary className="clip">{entry.subject ?? entry.text ?? ""}</summary>
            <pre>{entry.text}</pre>
            <p className="small soft">To {entry.to}</p>
          </details>
        ) : entry.text && entry.what !== "status" ? (
          <p className="small soft">{entry.text}</p>
        ) : null}
      </div>
    </li>
  );
}
