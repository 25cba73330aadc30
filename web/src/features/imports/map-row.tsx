import { useId } from "react";
import type { ImportColumn, ImportTarget } from "~/api/types/imports.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { FIELD_KINDS } from "~/components/field-kinds.ts";
import { FieldError } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { customTarget, FIELD_LABEL, showSample, sureness } from "./mapping.ts";

const NEW_FIELD = "new";

/** One column: what it is called, what stands in it, and what it becomes. */
export function MapRow({
  column,
  target,
  customs,
  error,
  onChange,
  onNewField,
}: {
  column: ImportColumn;
  target: ImportTarget;
  customs: readonly CustomField[];
  /** Why the server would not have it. */
  error: string | undefined;
  onChange: (target: ImportTarget) => void;
  /** Nothing where the reader may make none. */
  onNewField: (() => void) | null;
}) {
  const errorId = useId();
  return (
    <div className={target === "ignore" ? "map-row map-ignored" : "map-row"}>
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
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? errorId : undefined}
        value={target}
        onChange={(event) => {
          if (event.target.value === NEW_FIELD) onNewField?.();
          else onChange(event.target.value as ImportTarget);
        }}
      >
        <option value="ignore">Ignore this column</option>
        {Object.entries(FIELD_LABEL).map(([field, label]) => (
          <option key={field} value={field}>
            {label}
          </option>
        ))}
        {customs.length > 0 || onNewField ? (
          <optgroup label="Custom fields">
            {customs.map((field) => (
              <option key={field.id} value={customTarget(field)}>
                {field.name} ({FIELD_KINDS[field.kind].label.toLowerCase()})
              </option>
            ))}
            {onNewField ? <option value={NEW_FIELD}>New custom field…</option> : null}
          </optgroup>
        ) : null}
      </select>
      <span className="small soft">{sureness(column, target, customs)}</span>
      {error ? (
        <div className="map-wrong">
          <FieldError id={errorId}>{error}</FieldError>
        </div>
      ) : null}
    </div>
  );
}
