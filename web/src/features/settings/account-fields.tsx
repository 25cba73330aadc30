import type { Account } from "~/api/types/senders.ts";
import { SelectField, TextField } from "~/ui/field.tsx";
import { type AccountDraft, type AccountField, portFor } from "./account-form.ts";

/** The fields of one account. Secrets are written and never read back. */
export function AccountFields({
  kind,
  fields,
  draft,
  stored,
  onChange,
  errorOf,
}: {
  kind: string;
  fields: readonly AccountField[];
  draft: AccountDraft;
  stored: Account | null;
  onChange: (draft: AccountDraft) => void;
  errorOf: (name: string) => string | undefined;
}) {
  const change = (name: string, value: string | boolean) => {
    const next = { ...draft, [name]: value };
    if (name === "security") next.port = portFor(kind, String(value), String(draft.port ?? ""));
    onChange(next);
  };
  const show = (field: AccountField) => (
    <Field
      key={field.name}
      field={field}
      value={draft[field.name] ?? ""}
      saved={stored?.saved.includes(field.name) ?? false}
      error={errorOf(field.name)}
      onChange={(value) => change(field.name, value)}
    />
  );
  const rare = fields.filter((field) => field.rare);
  return (
    <>
      <div className="account-grid">{fields.filter((field) => !field.rare).map(show)}</div>
      {rare.length > 0 ? (
        <details className="more" open={rare.some((field) => errorOf(field.name) !== undefined)}>
          <summary>More</summary>
          <div className="stack-2">{rare.map(show)}</div>
        </details>
      ) : null}
    </>
  );
}

function Field({
  field,
  value,
  saved,
  error,
  onChange,
}: {
  field: AccountField;
  value: string | boolean;
  saved: boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}) {
  if (field.kind === "flag") {
    return (
      <label className="check small">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        {field.title}
      </label>
    );
  }
  if (field.kind === "choice") {
    return (
      <SelectField
        label={field.title}
        hint={field.options.find((option) => option.value === value)?.text}
        error={error}
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
      >
        {field.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </SelectField>
    );
  }
  const secret = field.kind === "secret";
  return (
    <TextField
      label={field.title}
      type={secret ? "password" : "text"}
      inputMode={field.kind === "number" ? "numeric" : undefined}
      autoComplete={secret ? "new-password" : "off"}
      placeholder={secret && saved ? "Saved" : undefined}
      hint={secret && saved ? "Saved and never shown. Type a new one to replace it." : field.hint}
      error={error}
      value={String(value)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
