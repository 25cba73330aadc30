import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError, messageOf } from "~/api/errors.ts";
import type { Contact, ContactInput } from "~/api/types/contacts.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";

const FIELDS = [
  { name: "first_name", label: "First name" },
  { name: "last_name", label: "Last name" },
  { name: "email", label: "E-mail" },
  { name: "phone", label: "Phone", hint: "With its country code, or as dialled in your country." },
  { name: "company", label: "Company" },
  { name: "title", label: "Title" },
  { name: "city", label: "City" },
] as const satisfies { name: keyof ContactInput; label: string; hint?: string }[];

export function AddContactDialog({
  onClose,
  onAdded,
}: {
  onClose: () => void;
  onAdded: (contact: Contact) => void;
}) {
  const [form, setForm] = useState<ContactInput>({});
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => post<Contact>("/api/contacts", form),
    onSuccess: (contact) => {
      void client.invalidateQueries({ queryKey: ["contacts"] });
      onAdded(contact);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const missing = !form.email && !form.phone;
  return (
    <Dialog
      title="New contact"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="add-contact" busy={add.isPending} disabled={missing}>
            Add the contact
          </Button>
        </>
      }
    >
      <form id="add-contact" className="stack" onSubmit={submit}>
        {add.error ? (
          <Callout tone="bad" alert>
            {messageOf(add.error)}
          </Callout>
        ) : null}
        <div className="form-pairs">
          {FIELDS.map((field) => (
            <TextField
              key={field.name}
              label={field.label}
              hint={"hint" in field ? field.hint : undefined}
              value={form[field.name] ?? ""}
              error={fieldError(add.error, field.name)}
              onChange={(event) => setForm({ ...form, [field.name]: event.target.value || undefined })}
            />
          ))}
        </div>
        {missing ? <p className="small muted">An e-mail address or a phone number is needed.</p> : null}
      </form>
    </Dialog>
  );
}
