import { Link } from "react-router";
import type { Import } from "~/api/types/imports.ts";
import { count, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout } from "~/ui/states.tsx";
import { Tile } from "~/ui/tile.tsx";
import { PutOn } from "./put-on.tsx";
import { UndoPanel } from "./undo-panel.tsx";

/** What the import did to the database, in the database's own numbers. */
export function ImportResult({ of: data }: { of: Import }) {
  const tiles: [string, number, string][] = [
    ["Created", data.created, "new contacts"],
    ["Updated", data.updated, "changed by the file"],
    ["Unchanged", data.unchanged, "already the same"],
    ["Skipped", data.skipped, "left alone by your rule"],
    ["Rejected", data.failed, "could not be read"],
    ["Suppressed", data.suppressed, "imported, not written to"],
  ];
  const { undo } = data;
  // One panel in two places: what was taken back is the first thing to know, and the offer the last.
  const panel = undo ? <UndoPanel key="undo" of={data} undo={undo} /> : null;
  const begun = Boolean(undo?.at);
  const isUndone = undo?.status === "running" || undo?.status === "done";
  return (
    <>
      {begun ? panel : null}
      {isUndone ? <h2>What the import did</h2> : null}
      {data.status === "failed" ? (
        <Callout tone="bad" alert>
          <strong>The import stopped.</strong> {data.error ?? "There is no explanation in its record."} What
          was counted below is stored.
        </Callout>
      ) : null}
      {data.status === "cancelled" ? (
        <Callout tone="warn">The import was cancelled. What is counted below is stored.</Callout>
      ) : null}
      {data.status === "completed" && !isUndone ? (
        <Callout tone={data.failed > 0 ? "warn" : "good"}>
          <strong>{plural(data.rows_read, "row")} read.</strong>{" "}
          {data.failed > 0
            ? `${plural(data.failed, "row")} could not be used; download them, correct them, and import that file.`
            : "Every row found its place."}
        </Callout>
      ) : null}
      <div className="tiles">
        {tiles.map(([label, value, note]) => (
          <div className="tile" key={label}>
            <Tile label={label} value={count(value)} note={note} />
          </div>
        ))}
      </div>
      {data.causes.length > 0 ? (
        <section className="panel">
          <div className="panel-head">
            <h2>Why rows were rejected</h2>
            {data.rejected_url ? (
              <a className={`${buttonClass("plain", true)} push`} href={data.rejected_url} download>
                <Icon name="download" />
                Download the rejected rows
              </a>
            ) : null}
          </div>
          <table className="table causes">
            <thead className="sr-only">
              <tr>
                <th>Cause</th>
                <th>Rows</th>
              </tr>
            </thead>
            <tbody>
              {data.causes.map((cause) => (
                <tr key={cause.cause}>
                  <td>{cause.cause}</td>
                  <td className="num">{count(cause.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : data.rejected_url && data.failed > 0 ? (
        <a className={buttonClass()} href={data.rejected_url} download>
          <Icon name="download" />
          Download the rejected rows
        </a>
      ) : null}
      <PutOn of={data} />
      {isUndone ? null : <Onward of={data} />}
      {begun ? null : panel}
    </>
  );
}

/** What to do with whom it brought. */
function Onward({ of: data }: { of: Import }) {
  const good = data.created + data.updated + data.unchanged;
  return data.created > 0 ? (
    <div className="row row-wrap">
      <Link className={buttonClass("primary")} to={`${paths.newCampaign}?import=${data.id}`}>
        Start a campaign with them
      </Link>
      <Link className={buttonClass()} to={`${paths.contacts}?import=${data.id}`}>
        See the new contacts
      </Link>
    </div>
  ) : good > 0 ? (
    <div className="row row-wrap">
      <span className="soft">You knew everybody in it already.</span>
      <Link className={buttonClass()} to={paths.contacts}>
        See the contacts
      </Link>
      <Link className={buttonClass()} to={paths.newCampaign}>
        New campaign
      </Link>
    </div>
  ) : null;
}
