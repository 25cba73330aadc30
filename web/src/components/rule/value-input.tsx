import type { Op } from "~/api/types/sets.ts";
import { useMembers } from "../owner.tsx";
import { CONTACT_STATUSES } from "../state-badge.tsx";
import { isBare } from "./draft.ts";
import type { Field } from "./fields.ts";

/** What ties a control to what is wrong with it. */
export type Tied = { "aria-describedby"?: string; "aria-invalid"?: true };

/** With what a field is compared, by what it holds. */
export function ValueInput({
  field,
  op,
  value,
  label,
  tied,
  onChange,
}: {
  field: Field;
  op: Op;
  value: string;
  label: string;
  tied: Tied;
  onChange: (value: string) => void;
}) {
  const members = useMembers();
  const common = { ...tied, "aria-label": `Value, ${label}`, value };
  if (isBare(op)) return <span />;
  if (op === "within_days") {
    return (
      <span className="rule-days">
        <input
          {...common}
          className="input"
          inputMode="numeric"
          onChange={(event) => onChange(event.target.value.trim())}
        />
        <span aria-hidden="true">days</span>
      </span>
    );
  }
  const options =
    field.name === "owner_id"
      ? members.map(({ id, name, you }) => ({ id, name: you ? `${name} (you)` : name }))
      : field.kind === "boolean"
        ? [
            { id: "true", name: "yes" },
            { id: "false", name: "no" },
          ]
        : field.kind === "choice"
          ? field.choices.map((name) => ({ id: name, name }))
          : field.name === "status" && (op === "is" || op === "is_not")
            ? CONTACT_STATUSES.map((name) => ({ id: name, name }))
            : null;
  if (options) {
    return (
      <select {...common} className="input" onChange={(event) => onChange(event.target.value)}>
        {value === "" ? <option value="">Choose</option> : null}
        {options.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {value === "" || options.some(({ id }) => id === value) ? null : (
          <option value={value}>{value}</option>
        )}
      </select>
    );
  }
  return (
    <input
      {...common}
      className="input"
      type={field.kind === "date" ? "date" : "text"}
      inputMode={field.kind === "number" ? "decimal" : undefined}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
