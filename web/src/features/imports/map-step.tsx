import { type ReactNode, useState } from "react";
import { fieldError } from "~/api/errors.ts";
import type { Import, ImportColumn } from "~/api/types/imports.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { FieldDialog } from "~/components/field-dialog.tsx";
import { useMe } from "~/components/me.ts";
import { mayManage } from "~/lib/roles.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { MapRow } from "./map-row.tsx";
import { customTarget, kindOf, type Mapping, mappingProblem, showSample } from "./mapping.ts";

export function MapStep({
  above,
  of: data,
  customs,
  mapping,
  error,
  onChange,
  onNext,
}: {
  /** What the mapping begins with. */
  above: ReactNode;
  of: Import;
  customs: readonly CustomField[];
  mapping: Mapping;
  /** Why the import did not start, where that is for a column. */
  error: unknown;
  onChange: (mapping: Mapping) => void;
  onNext: () => void;
}) {
  const manages = mayManage(useMe().member.role);
  const [adding, setAdding] = useState<ImportColumn | null>(null);
  const problem = mappingProblem(mapping, customs);
  return (
    <>
      {error ? <ErrorBlock error={error} title="The columns do not fit." /> : null}
      {above}
      <section className="panel">
        <div className="panel-head">
          <h2>What each column becomes</h2>
        </div>
        {data.columns.map((column) => (
          <MapRow
            key={column.name}
            column={column}
            target={mapping[column.name] ?? "ignore"}
            customs={customs}
            error={fieldError(error, `mapping.${column.name}`)}
            onChange={(target) => onChange({ ...mapping, [column.name]: target })}
            onNewField={manages ? () => setAdding(column) : null}
          />
        ))}
      </section>
      {data.rows_preview.length > 0 ? <FirstRows of={data} /> : null}
      {problem ? <Callout tone="warn">{problem}</Callout> : null}
      <div className="wizard-foot">
        <span className="push" />
        <Button look="primary" disabled={problem !== null} onClick={onNext}>
          Continue
        </Button>
      </div>
      {adding ? (
        <FieldDialog
          field={null}
          draft={{ name: adding.name.trim().slice(0, 60), kind: kindOf(adding.samples) }}
          onSaved={(made) => onChange({ ...mapping, [adding.name]: customTarget(made) })}
          onClose={() => setAdding(null)}
        />
      ) : null}
    </>
  );
}

function FirstRows({ of: data }: { of: Import }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>The first rows</h2>
      </div>
      <section className="preview" tabIndex={0} aria-label="The first rows of the file">
        <table className="table">
          <thead>
            <tr>
              {data.columns.map((column) => (
                <th key={column.name}>{column.name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows_preview.slice(0, 20).map((row, line) => (
              <tr key={line}>
                {row.map((cell, column) => (
                  <td key={column}>{showSample(cell) === "(empty)" ? "" : showSample(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
