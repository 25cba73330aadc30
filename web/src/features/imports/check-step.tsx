import { useState } from "react";
import type { CheckCause, Import } from "~/api/types/imports.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { count, percent } from "~/lib/format.ts";
import { countries } from "~/lib/zones.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { SelectField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { Tile } from "~/ui/tile.tsx";
import { fixesOf, isOf, tilesOf, verdict } from "./check.ts";
import type { Decision } from "./saved-mappings.ts";

/** What the import would do to all its rows, and why rows would be rejected. */
export function CheckStep({
  of: data,
  decision,
  request,
  onCheck,
  onBack,
  onNext,
}: {
  of: Import;
  decision: Decision;
  request: { error: unknown; isPending: boolean };
  /** Checks again, with what is decided now. */
  onCheck: (next: Decision) => void;
  onBack: () => void;
  onNext: () => void;
}) {
  const { check } = data;
  const isCurrent = check !== null && isOf(check, decision.mapping, decision.rules);
  const found = isCurrent ? check.found : null;
  const runs = request.isPending || (isCurrent && check.status === "running");
  return (
    <>
      {request.error ? <ErrorBlock error={request.error} title="The rows were not checked." /> : null}
      {runs ? <Running progress={request.isPending ? 0 : (check?.progress ?? 0)} /> : null}
      {runs || found ? null : (
        <Callout tone={isCurrent && check.status === "failed" ? "bad" : "plain"}>
          {isCurrent && check.status === "failed"
            ? `The check failed. ${check.error ?? ""}`
            : "These columns have not been checked yet."}{" "}
          <Button small onClick={() => onCheck(decision)}>
            Check the rows
          </Button>
        </Callout>
      )}
      {found ? (
        <>
          <div role="status" className="verdict" tabIndex={-1} ref={takeFocus}>
            <Callout tone={found.failed > 0 ? "warn" : "good"}>{verdict(found)}</Callout>
          </div>
          <div className="tiles">
            {tilesOf(found).map(([label, value, note]) => (
              <div className="tile" key={label}>
                <Tile label={label} value={count(value)} note={note} />
              </div>
            ))}
          </div>
          <LeftOut decision={decision} onCheck={onCheck} />
          {found.causes.length > 0 ? (
            <section className="panel">
              <div className="panel-head">
                <h2>Why rows would be rejected</h2>
              </div>
              {found.causes.map((cause) => (
                <Cause
                  key={`${cause.column ?? ""} ${cause.cause}`}
                  of={cause}
                  decision={decision}
                  onCheck={onCheck}
                />
              ))}
            </section>
          ) : null}
          <p className="small soft">
            Nothing is stored yet. Rejected rows come back as a file that can be corrected and imported again.
          </p>
        </>
      ) : null}
      <div className="wizard-foot">
        <Button icon="left" look="quiet" onClick={onBack}>
          Columns
        </Button>
        <span className="push" />
        <Button look="primary" disabled={!found} onClick={onNext}>
          Continue
        </Button>
      </div>
    </>
  );
}

/** What comes in the place of a pressed button is where the keyboard goes on. */
const takeFocus = (element: HTMLElement | null) => element?.focus({ preventScroll: true });

function Running({ progress }: { progress: number }) {
  return (
    <section className="panel running" aria-label="Check" tabIndex={-1} ref={takeFocus}>
      <div className="row">
        <h2>Checking all rows</h2>
        <span className="push strong">{percent(progress, 1)}</span>
      </div>
      <Bar tall total={1} label="Check" parts={[{ value: progress, fill: "accent", label: "read" }]} />
      <p className="small muted">Nothing is stored. It goes on when this page is closed.</p>
    </section>
  );
}

/** The columns whose bad values are left out, and the way back from that. */
function LeftOut({ decision, onCheck }: { decision: Decision; onCheck: (next: Decision) => void }) {
  const { rules } = decision;
  return rules.leaveOut.map((column) => (
    <div className="row row-wrap small" key={column}>
      <span className="soft">Values of {column} that cannot be used are left out; their rows stay.</span>
      <Button
        look="quiet"
        small
        onClick={() =>
          onCheck({
            ...decision,
            rules: { ...rules, leaveOut: rules.leaveOut.filter((other) => other !== column) },
          })
        }
      >
        Reject such rows again
      </Button>
    </div>
  ));
}

function Cause({
  of: cause,
  decision,
  onCheck,
}: {
  of: CheckCause;
  decision: Decision;
  onCheck: (next: Decision) => void;
}) {
  const { mapping, rules } = decision;
  const { country, column } = fixesOf(cause, mapping);
  const [chosen, setChosen] = useState(rules.country);
  return (
    <section className="cause" aria-label={cause.column ? `${cause.column}: ${cause.cause}` : cause.cause}>
      <div className="row">
        <h3 className="cause-name">
          {cause.column ? <span className="strong">{cause.column}: </span> : null}
          {cause.cause}
        </h3>
        <span className="push num strong">{count(cause.count)}</span>
      </div>
      <ul className="samples">
        {cause.examples.map(({ place, value }) => (
          <li className="cause-example" key={place}>
            <span className="tiny muted">{place}</span> <span className="sample">{value || "(empty)"}</span>
          </li>
        ))}
      </ul>
      {country || column !== null ? (
        <div className="row row-wrap cause-fixes">
          {country ? (
            <SelectField
              label="Country of numbers without a country code"
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
            >
              {countries(rules.country).map((item) => (
                <option key={item.code} value={item.code}>
                  {item.name}
                </option>
              ))}
            </SelectField>
          ) : null}
          {country ? (
            <Button
              small
              disabled={chosen === rules.country}
              onClick={() => onCheck({ ...decision, rules: { ...rules, country: chosen } })}
            >
              Use this country
            </Button>
          ) : null}
          {column === null ? null : (
            <>
              <Button
                small
                onClick={() =>
                  onCheck({ ...decision, rules: { ...rules, leaveOut: [...rules.leaveOut, column] } })
                }
              >
                Leave such values out, keep the rows
              </Button>
              <Button
                small
                look="quiet"
                onClick={() => onCheck({ ...decision, mapping: { ...mapping, [column]: "ignore" } })}
              >
                Ignore the column
              </Button>
            </>
          )}
        </div>
      ) : null}
    </section>
  );
}
