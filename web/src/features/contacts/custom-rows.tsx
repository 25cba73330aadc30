import { useQuery } from "@tanstack/react-query";
import { fieldError } from "~/api/errors.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { choicesFor } from "~/components/custom-input.tsx";
import { EditRow } from "~/components/edit-row.tsx";
import { dayWords } from "~/lib/format.ts";
import { FieldError } from "~/ui/field.tsx";
import { useSave } from "./use-save.ts";

/** The fields that this workspace has added, each edited by what it holds. */
export function CustomRows({ contact }: { contact: Contact }) {
  const fields = useQuery(customFieldsQuery).data ?? [];
  return fields.map((field) => <CustomRow key={field.id} contact={contact} field={field} />);
}

function CustomRow({ contact, field }: { contact: Contact; field: CustomField }) {
  const { key, name, kind } = field;
  const value = contact.custom[key] ?? "";
  const save = useSave(contact);
  const error = fieldError(save.error, `custom.${key}`);
  const put = (next: string) => save.mutate({ custom: { [key]: next === "" ? null : next } });
  if (kind === "choice" || kind === "boolean") {
    return (
      <div className="edit-row">
        <dt>{name}</dt>
        <dd>
          <select
            className="input"
            aria-label={name}
            value={value}
            onChange={(event) => put(event.target.value)}
          >
            <option value="">None</option>
            {choicesFor(field, value)}
          </select>
          {error ? <FieldError alert>{error}</FieldError> : null}
        </dd>
      </div>
    );
  }
  return (
    <EditRow
      label={name}
      type={kind}
      value={value}
      shown={kind === "date" ? dayWords(value) : value}
      error={error}
      onSave={put}
    />
  );
}
