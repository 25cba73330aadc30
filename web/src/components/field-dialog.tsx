import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch, post } from "~/api/client.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { CustomField, CustomFieldInput, FieldKind } from "~/api/types/sets.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { FIELD_KINDS } from "./field-kinds.ts";
import { Form, FormError, FormFoot } from "./form.tsx";

const KINDS = Object.entries(FIELD_KINDS) as [FieldKind, { label: string; hint: string }][];

/** A new field, or what one is called and may hold. */
export function FieldDialog({
  field,
  draft,
  onSaved,
  onClose,
}: {
  field: CustomField | null;
  /** What a new one is to be called and hold, until somebody says otherwise. */
  draft?: { name: string; kind: FieldKind };
  onSaved?: (field: CustomField) => void;
  onClose: () => void;
}) {
  const before = field ?? draft;
  const [name, setName] = useState(before?.name ?? "");
  const [kind, setKind] = useState<FieldKind>(before?.kind ?? "text");
  const [choices, setChoices] = useState(field?.choices.join("\n") ?? "");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const lines = choices.split("\n").map((line) => line.trim());
      const body: CustomFieldInput = { name: name.trim(), kind };
      if (kind === "choice") body.choices = lines.filter((line) => line !== "");
      return field
        ? patch<CustomField>(`/api/custom-fields/${field.id}`, body)
        : post<CustomField>("/api/custom-fields", body);
    },
    onSuccess: (saved) => {
      // It can be chosen at once, not only when the list has been read again.
      if (!field) client.setQueryData(customFieldsQuery.queryKey, (all) => all && [...all, saved]);
      for (const key of ["custom-fields", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(field ? "Saved." : `${saved.name} is on every contact now.`);
      onSaved?.(saved);
      onClose();
    },
  });
  const used = field !== null && field.contacts > 0;
  return (
    <Dialog title={field ? `Change ${field.name}` : "Add a field"} onClose={onClose}>
      <Form request={save} onSend={save.mutate}>
        <FormError />
        <TextField
          label="Name"
          name="name"
          required
          maxLength={60}
          autoComplete="off"
          placeholder={field ? undefined : "Company size"}
          hint={field ? `Programs, files and rules go on calling it ${field.key}.` : undefined}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="What it holds"
          name="kind"
          hint={`${FIELD_KINDS[kind].hint}${used && kind !== field.kind ? " Every value that is there must fit." : ""}`}
          value={kind}
          onChange={(event) => setKind(event.target.value as FieldKind)}
        >
          {KINDS.map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {kind === "choice" ? (
          <Frame
            label="Choices"
            name="choices"
            hint="One on each line, in the order in which they are offered."
          >
            {(control) => (
              <textarea
                {...control}
                className="input"
                rows={5}
                required
                value={choices}
                onChange={(event) => setChoices(event.target.value)}
              />
            )}
          </Frame>
        ) : null}
        <FormFoot verb={field ? "Save" : "Add the field"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
