import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { importsQuery } from "~/api/queries.ts";
import type { Import } from "~/api/types/imports.ts";
import { Async } from "~/components/async.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { bytes, count } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { ImportState } from "./import-state.tsx";

/** What was imported before, and the way back from it. */
export function History() {
  const list = useQuery(importsQuery);
  return (
    <Async of={list}>
      {(imports) =>
        imports.length === 0 ? null : (
          <section className="panel">
            <div className="panel-head">
              <h2>Earlier imports</h2>
            </div>
            <ul>
              {imports.map((item) => (
                <Line key={item.id} of={item} undoable={imports.some(canUndo)} />
              ))}
            </ul>
          </section>
        )
      }
    </Async>
  );
}

const canUndo = ({ undo }: Import): boolean => undo?.status === "possible";

function Line({ of: item, undoable }: { of: Import; undoable: boolean }) {
  return (
    <li className="import-item">
      <Link className="import-line" to={paths.import(item.id)}>
        <Icon name="file" />
        <span className="clip">
          <span className="strong">{item.file_name}</span>{" "}
          <span className="muted small">{bytes(item.bytes)}</span>
        </span>
        <span className="small soft hide-phone">
          {item.status === "completed"
            ? `${count(item.created)} new, ${count(item.updated)} updated, ${count(item.failed)} rejected`
            : ""}
        </span>
        <ImportState of={item} />
        <span className="tiny muted">{item.created_at ? <TimeAgo at={item.created_at} /> : null}</span>
      </Link>
      {undoable ? (
        <span className="import-undo">
          {canUndo(item) ? (
            <Link
              className={buttonClass("quiet", true)}
              to={paths.undoImport(item.id)}
              aria-label={`Undo the import of ${item.file_name}`}
            >
              Undo
            </Link>
          ) : null}
        </span>
      ) : null}
    </li>
  );
}
