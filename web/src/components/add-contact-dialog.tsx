import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { Contact, ContactInput } from "~/api/types/contacts.ts";
import { Form, FormError } from "~/components/form.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { CustomInput } from "./custom-input.tsx";

const FIELDS = [
  { name: "first_name", label: "First name" },
  { name: "last_name", label: "Last name" },
  { name: "email", label: "E-mail" },
  { name: "phone", label: "Phone", hint: "With its country code, or as dialled in your country." },
  { name: "company", label: "Company" },
  { name: "title", label: "Title" },
  { name: "city", label: "City" },
] as const satisfies { name: Exclude<keyof ContactInput, "custom">; label: string; hint?: string }[];

/** Somebody new, of this company where one is given. */
export function AddContactDialog({
  company,
  onClose,
  onAdded,
}: {
  company?: string;
  onClose: () => void;
  onAdded: (contact: Contact) => void;
}) {
  const [form, setForm] = useState<ContactInput>(company ? { company } : {});
  const custom = useQuery(customFieldsQuery).data ?? [];
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => post<Contact>("/api/contacts", form),
    onSuccess: (contact) => {
      for (const key of ["contacts", "companies", "company"])
        void client.invalidateQueries({ queryKey: [key] });
      onAdded(contact);
    },
  });
  const missing = !form.email && !form.phone;
  return (
    <Dialog
      title={company ? `Add a person of ${company}` : "New contact"}
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
      <Form id="add-contact" request={add} onSend={add.mutate}>
        <FormError />
        <div className="form-pairs">
          {FIELDS.filter(({ name }) => !company || name !== "company").map((field) => (
            <TextField
              key={field.name}
              name={field.name}
              label={field.label}
              hint={"hint" in field ? field.hint : undefined}
              value={form[field.name] ?? ""}
              onChange={(event) => setForm({ ...form, [field.name]: event.target.value || undefined })}
            />
          ))}
          {custom.map((field) => (
            <CustomInput
              key={field.id}
              field={field}
              value={form.custom?.[field.key] ?? ""}
              onChange={(value) =>
                setForm({ ...form, custom: { ...form.custom, [field.key]: value || null } })
              }
            />
          ))}
        </div>
        {missing ? <p className="small muted">An e-mail address or a phone number is needed.</p> : null}
      </Form>
    </Dialog>
  );
}
