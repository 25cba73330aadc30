import { takesSeveral } from "~/components/icp/fields.ts";
import { isBare } from "~/components/rule/draft.ts";
import type { Field } from "~/components/rule/fields.ts";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { Chip } from "~/ui/chip.tsx";
import { type Row, split } from "./draft.ts";

type Tied = { "aria-describedby"?: string; "aria-invalid"?: true };

/** With what a criterion compares: one value, or several of which any will do. */
export function ValuesInput({
  row,
  field,
  label,
  tied,
  onChange,
}: {
  row: Row;
  field: Field;
  label: string;
  tied: Tied;
  onChange: (part: Partial<Row>) => void;
}) {
  if (isBare(row.op)) return <span />;
  const name = `Value, ${label}`;
  if (field.kind === "boolean")
    return (
      <select
        {...tied}
        className="input"
        aria-label={name}
        value={row.values[0] ?? "true"}
        onChange={(event) => onChange({ values: [event.target.value], typed: "" })}
      >
        <option value="true">yes</option>
        <option value="false">no</option>
      </select>
    );
  if (!takesSeveral(field.kind, row.op))
    return (
      <input
        {...tied}
        className="input"
        aria-label={name}
        type={field.kind === "date" ? "date" : "text"}
        inputMode={field.kind === "number" ? "decimal" : undefined}
        value={row.typed || (row.values[0] ?? "")}
        onChange={(event) => onChange({ values: [], typed: event.target.value })}
      />
    );
  const known = field.kind === "choice" ? field.choices : field.name === "status" ? CONTACT_STATUSES : [];
  const finish = (text: string) => {
    const more = split(text).filter((value) => !row.values.includes(value));
    onChange({ values: [...row.values, ...more], typed: "" });
  };
  return (
    <span className="icp-values">
      {row.values.map((value) => (
        <Chip
          key={value}
          remove={`Remove ${value}, ${label}`}
          onRemove={() => onChange({ values: row.values.filter((other) => other !== value) })}
        >
          {value}
        </Chip>
      ))}
      <input
        {...tied}
        className="icp-typed"
        aria-label={name}
        placeholder={row.values.length === 0 ? "One, or several with commas" : "or …"}
        autoComplete="off"
        spellCheck={false}
        inputMode={field.kind === "number" ? "decimal" : undefined}
        list={known.length > 0 ? `icp-known-${row.id}` : undefined}
        value={row.typed}
        onChange={(event) => {
          const text = event.target.value;
          if (/[,;\n]/.test(text)) finish(text);
          else onChange({ typed: text });
        }}
        onBlur={() => {
          if (row.typed.trim() !== "") finish(row.typed);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && row.typed.trim() !== "") {
            event.preventDefault();
            finish(row.typed);
          } else if (event.key === "Backspace" && row.typed === "")
            onChange({ values: row.values.slice(0, -1), typed: row.values.at(-1) ?? "" });
        }}
      />
      {known.length > 0 ? (
        <datalist id={`icp-known-${row.id}`}>
          {known.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ) : null}
    </span>
  );
}
