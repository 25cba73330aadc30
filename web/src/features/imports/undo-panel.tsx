import { useEffect, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import type { Import, ImportUndo } from "~/api/types/imports.ts";
import { When } from "~/components/time-ago.tsx";
import { useNow } from "~/lib/clock.ts";
import { count, percent } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { stillThere, undoneWords, untilWords } from "./undo.ts";
import { UndoDialog } from "./undo-dialog.tsx";

/** The way back from an import: offered, on its way, or gone. */
export function UndoPanel({ of: data, undo }: { of: Import; undo: ImportUndo }) {
  const [params, setParams] = useSearchParams();
  const place = useRef<HTMLElement>(null);
  const asked = useRef(false);
  const possible = undo.status === "possible";
  // The button that was pressed is gone, and what came of it stands further up.
  useEffect(() => {
    if (possible || !asked.current) return;
    asked.current = false;
    place.current?.focus();
  }, [possible]);
  const close = () => setParams({}, { replace: true });
  return (
    <section className="undo" aria-label="Undo" ref={place} tabIndex={-1}>
      {undo.status === "running" ? <Undoing undo={undo} /> : null}
      {/* Always there, so that what comes into it is read out. */}
      <div role="status">
        {undo.status === "done" ? <Undone of={data} undo={undo} /> : null}
        {undo.at !== null && undo.status !== "running" && undo.status !== "done" ? (
          <Callout tone="warn">
            <strong>Undoing stopped before its end.</strong> {undoneWords(undo, data)}
            {possible ? " Ask again and it goes on from there." : ""}
          </Callout>
        ) : null}
      </div>
      {possible || undo.status === "expired" ? (
        <Offer undo={undo} onAsk={() => setParams({ undo: "ask" })} />
      ) : null}
      {possible && params.has("undo") ? (
        <UndoDialog
          of={data}
          undo={undo}
          onAsked={() => {
            asked.current = true;
            close();
          }}
          onClose={close}
        />
      ) : null}
    </section>
  );
}

function Offer({ undo, onAsk }: { undo: ImportUndo; onAsk: () => void }) {
  const now = useNow();
  if (undo.status === "expired")
    return <p className="small muted">This import could be undone until {untilWords(undo, now)}.</p>;
  return (
    <div className="row row-wrap">
      <Button icon="reply" onClick={onAsk}>
        {undo.at === null ? "Undo import" : "Go on undoing"}
      </Button>
      <span className="small soft">Possible until {untilWords(undo, now)}.</span>
    </div>
  );
}

function Undoing({ undo }: { undo: ImportUndo }) {
  const { progress, removed, restored, edited, in_use } = undo;
  return (
    <div className="panel running">
      <div className="row">
        <h2>Undoing the import</h2>
        <span className="push strong">{percent(progress, 1)}</span>
      </div>
      <Bar tall total={1} label="Undo" parts={[{ value: progress, fill: "accent", label: "done" }]} />
      <div className="row row-wrap small soft">
        <span>{count(removed)} removed</span>
        <span>{count(restored)} as before</span>
        <span>{count(edited + in_use)} left alone</span>
      </div>
      <p className="small muted">It goes on when this page is closed.</p>
    </div>
  );
}

function Undone({ of: data, undo }: { of: Import; undo: ImportUndo }) {
  const still = stillThere(data);
  return (
    <div className="stack">
      <Callout tone="good">
        <strong>This import is undone.</strong> {undoneWords(undo, data)}
        {undo.at ? (
          <span className="small soft">
            {" "}
            Asked for <When at={undo.at} />.
          </span>
        ) : null}
      </Callout>
      <div className="row row-wrap">
        {still > 0 ? (
          <Link className={buttonClass()} to={`${paths.contacts}?import=${data.id}`}>
            {still === 1
              ? "See the new contact that stayed"
              : `See the ${count(still)} new contacts that stayed`}
          </Link>
        ) : null}
        <Link className={buttonClass()} to={paths.imports}>
          Import another file
        </Link>
      </div>
    </div>
  );
}
