import { useState } from "react";
import type { Target, TargetInput } from "~/api/types/targets.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, TextField } from "~/ui/field.tsx";
import type { useTargets } from "./use-targets.ts";

const FIELDS = [
  { name: "name", label: "Name" },
  { name: "company", label: "Company" },
  { name: "title", label: "Title" },
  { name: "email", label: "E-mail" },
  { name: "telegram", label: "Telegram" },
  { name: "x", label: "X" },
  { name: "url", label: "A page about them" },
] as const;

/** Everything that is known of a target. */
export function TargetDialog({
  target,
  change,
  onClose,
}: {
  target: Target;
  change: ReturnType<typeof useTargets>["change"];
  onClose: () => void;
}) {
  const [form, setForm] = useState<TargetInput>({});
  return (
    <Dialog title={target.name} onClose={onClose}>
      <Form request={change} onSend={() => change.mutate({ target, input: form }, { onSuccess: onClose })}>
        <FormError />
        <div className="form-pairs">
          {FIELDS.map(({ name, label }) => (
            <TextField
              key={name}
              name={name}
              label={label}
              autoComplete="off"
              value={form[name] ?? target[name] ?? ""}
              onChange={(event) => setForm({ ...form, [name]: event.target.value })}
            />
          ))}
        </div>
        <Frame label="Notes" name="notes">
          {(control) => (
            <textarea
              {...control}
              className="input target-notes-edit"
              rows={5}
              value={form.notes ?? target.notes ?? ""}
              onChange={(event) => setForm({ ...form, notes: event.target.value })}
            />
          )}
        </Frame>
        <FormFoot verb="Save" disabled={form.name === ""} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
