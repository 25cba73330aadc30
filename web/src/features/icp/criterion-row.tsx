import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { customFieldsQuery } from "~/api/set-queries.ts";
import { COMPANY_FIELDS, CONTACT_FIELDS, icpField, icpWays } from "~/components/icp/fields.ts";
import { customField } from "~/components/rule/fields.ts";
import { count } from "~/lib/format.ts";
import { IconButton } from "~/ui/button.tsx";
import { FieldError } from "~/ui/field.tsx";
import { asking, comparing, type Row, weightOf } from "./draft.ts";
import { ValuesInput } from "./values-input.tsx";

/** One criterion: what is asked for, how, with what, and how many points that is worth. */
export function CriterionRow({
  row,
  label,
  mistake,
  met,
  onChange,
  onRemove,
}: {
  row: Row;
  /** By which its controls are told from those of the others. */
  label: string;
  mistake?: string;
  /** How many of the contacts that were looked at meet it. */
  met: { of: number; all: number } | null;
  onChange: (row: Row) => void;
  onRemove: (() => void) | null;
}) {
  const id = useId();
  const fields = useQuery(customFieldsQuery).data;
  const custom = fields ?? [];
  const field = icpField(row.field, custom);
  const own = custom.map(customField);
  const known = [...CONTACT_FIELDS, ...COMPANY_FIELDS, ...own].some(({ name }) => name === row.field);
  const tied = mistake ? ({ "aria-invalid": true, "aria-describedby": `${id}-wrong` } as const) : {};
  const options = (all: readonly { name: string; label: string }[]) =>
    all.map(({ name, label: words }) => (
      <option key={name} value={name}>
        {words}
      </option>
    ));
  const weight = weightOf(row.weight);
  return (
    <fieldset className="icp-row" aria-label={label} data-row={row.id}>
      <select
        className="input"
        aria-label={`What, ${label}`}
        value={row.field}
        onChange={(event) => onChange(asking(event.target.value, row, custom))}
      >
        <optgroup label="Contact">{options(CONTACT_FIELDS)}</optgroup>
        <optgroup label="Company">{options(COMPANY_FIELDS)}</optgroup>
        {own.length > 0 ? <optgroup label="Custom fields">{options(own)}</optgroup> : null}
        {fields && !known ? <option value={row.field}>{field.label} (gone)</option> : null}
      </select>
      <select
        className="input"
        aria-label={`How, ${label}`}
        value={row.op}
        onChange={(event) => onChange(comparing(event.target.value as Row["op"], row, custom))}
      >
        {icpWays(field.kind, row.op).map((way) => (
          <option key={way.op} value={way.op}>
            {way.label}
          </option>
        ))}
      </select>
      <ValuesInput
        row={row}
        field={field}
        label={label}
        tied={tied}
        onChange={(part) => onChange({ ...row, ...part })}
      />
      <span className="icp-weight">
        <input
          {...tied}
          className={weight < 0 ? "input icp-against" : "input"}
          aria-label={`Weight, ${label}`}
          inputMode="text"
          value={row.weight}
          onChange={(event) => onChange({ ...row, weight: event.target.value })}
          onKeyDown={(event) => {
            const by = event.key === "ArrowUp" ? 5 : event.key === "ArrowDown" ? -5 : 0;
            if (by === 0 || Number.isNaN(weight)) return;
            event.preventDefault();
            const next = weight + by === 0 ? Math.sign(by) * 5 : weight + by;
            onChange({ ...row, weight: String(Math.max(-100, Math.min(100, next))) });
          }}
        />
        <span aria-hidden="true">points</span>
      </span>
      <span className="icp-remove">
        {onRemove ? <IconButton icon="cross" label={`Remove ${label}`} onClick={onRemove} /> : null}
      </span>
      <span className="icp-more">
        <input
          className="icp-label"
          aria-label={`Name, ${label}`}
          placeholder="Name it, such as: decides about the budget"
          maxLength={100}
          value={row.label}
          onChange={(event) => onChange({ ...row, label: event.target.value })}
        />
        {met ? (
          <span className="small soft icp-met">
            {count(met.of)} of {count(met.all)} have it
          </span>
        ) : null}
      </span>
      {mistake ? (
        <span className="icp-wrong">
          <FieldError id={`${id}-wrong`}>{mistake}</FieldError>
        </span>
      ) : null}
    </fieldset>
  );
}
