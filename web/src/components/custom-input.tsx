import type { ReactNode } from "react";
import type { CustomField } from "~/api/types/sets.ts";
import { SelectField, TextField } from "~/ui/field.tsx";

/** What can be chosen, with what is chosen even where it is a choice no more. */
export function choicesFor({ kind, choices }: CustomField, value: string): ReactNode {
  if (kind === "boolean") {
    return (
      <>
        <option value="true">Yes</option>
        <option value="false">No</option>
      </>
    );
  }
  const all = value === "" || choices.includes(value) ? choices : [...choices, value];
  return all.map((choice) => <option key={choice}>{choice}</option>);
}

/** A custom field in a form, by what it holds. */
export function CustomInput({
  field,
  value,
  onChange,
}: {
  field: CustomField;
  value: string;
  onChange: (value: string) => void;
}) {
  const { key, name, kind } = field;
  if (kind === "choice" || kind === "boolean") {
    return (
      <SelectField
        name={`custom.${key}`}
        label={name}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">None</option>
        {choicesFor(field, value)}
      </SelectField>
    );
  }
  return (
    <TextField
      name={`custom.${key}`}
      label={name}
      type={kind === "date" ? "date" : "text"}
      inputMode={kind === "number" ? "decimal" : kind === "url" ? "url" : undefined}
      placeholder={kind === "url" ? "https://" : undefined}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
