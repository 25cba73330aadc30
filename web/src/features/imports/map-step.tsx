import type { Import } from "~/api/types/imports.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout } from "~/ui/states.tsx";
import { FIELD_LABEL, type Mapping, mappingProblem, showSample, sureness, type Target } from "./mapping.ts";

export function MapStep({
  of: data,
  mapping,
  onChange,
  onNext,
}: {
  of: Import;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
  onNext: () => void;
}) {
  const problem = mappingProblem(mapping);
  return (
    <>
      <section className="panel">
        <div className="panel-head">
          <h2>What each column becomes</h2>
        </div>
        {data.columns.map((column) => {
          const target = mapping[column.name] ?? "ignore";
          return (
            <div className={target === "ignore" ? "map-row map-ignored" : "map-row"} key={column.name}>
              <div>
                <div className="map-name clip">{column.name}</div>
                <div className="samples">
                  {column.samples.slice(0, 3).map((sample, index) => (
                    <span className="sample" key={index}>
                      {showSample(sample)}
                    </span>
                  ))}
                </div>
              </div>
              <Icon name="right" />
              <select
                className="input"
                aria-label={`${column.name} becomes`}
                value={target}
                onChange={(event) => onChange({ ...mapping, [column.name]: event.target.value as Target })}
              >
                <option value="ignore">Ignore this column</option>
                {Object.entries(FIELD_LABEL).map(([field, label]) => (
                  <option key={field} value={field}>
                    {label}
                  </option>
                ))}
              </select>
              <span className="small soft">{sureness(column, target)}</span>
            </div>
          );
        })}
      </section>
      {data.rows_preview.length > 0 ? (
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
      ) : null}
      {problem ? <Callout tone="warn">{problem}</Callout> : null}
      <div className="wizard-foot">
        <span className="push" />
        <Button look="primary" disabled={problem !== null} onClick={onNext}>
          Continue
        </Button>
      </div>
    </>
  );
}
