import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { CompanyDetail, CompanyInput } from "~/api/types/companies.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { employeesOf } from "./words.ts";

const FIELDS = [
  { name: "name", label: "Name" },
  { name: "domain", label: "Web domain", hint: "Such as acme.com; the address of any page of it will do." },
  { name: "industry", label: "Industry" },
  { name: "employee_count", label: "Employees" },
  { name: "city", label: "City" },
  { name: "country", label: "Country" },
] as const;

/** Writes down an account before anybody of it is known. */
export function NewCompanyDialog({
  onClose,
  onAdded,
}: {
  onClose: () => void;
  onAdded: (company: CompanyDetail) => void;
}) {
  const [form, setForm] = useState<Record<string, string>>({});
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => {
      const { employee_count = "", ...texts } = form;
      const input: CompanyInput = { ...texts };
      const employees = employeesOf(employee_count);
      // What is no number goes as it is, so that the server says what is wrong with it.
      if (employees !== null) input.employee_count = Number.isNaN(employees) ? -1 : employees;
      return post<CompanyDetail>("/api/companies", input);
    },
    onSuccess: (company) => {
      void client.invalidateQueries({ queryKey: ["companies"] });
      onAdded(company);
    },
  });
  return (
    <Dialog title="New company" onClose={onClose}>
      <Form request={add} onSend={add.mutate}>
        <FormError />
        <div className="form-pairs">
          {FIELDS.map((field) => (
            <TextField
              key={field.name}
              name={field.name}
              label={field.label}
              hint={"hint" in field ? field.hint : undefined}
              inputMode={field.name === "employee_count" ? "numeric" : undefined}
              value={form[field.name] ?? ""}
              onChange={(event) => setForm({ ...form, [field.name]: event.target.value })}
            />
          ))}
        </div>
        <FormFoot verb="Add the company" disabled={!form.name?.trim()} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
