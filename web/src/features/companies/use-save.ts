import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patch } from "~/api/client.ts";
import { companyQuery } from "~/api/company-queries.ts";
import { ApiError, messageOf } from "~/api/errors.ts";
import type { CompanyDetail, CompanyInput } from "~/api/types/companies.ts";
import { toast } from "~/ui/toast.tsx";

/** What a company's name stands on. */
const NAMED = ["contacts", "contact", "conversation"];

/** Saves one change of a company, and offers the way back. What is wrong with a field stands beside it. */
export function useSave(company: CompanyDetail) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (change: CompanyInput) => patch<CompanyDetail>(`/api/companies/${company.id}`, change),
    onSuccess: (saved, change) => {
      client.setQueryData(companyQuery(company.id).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["companies"] });
      if ("name" in change) for (const key of NAMED) void client.invalidateQueries({ queryKey: [key] });
      const keys = Object.keys(change) as (keyof CompanyInput)[];
      const before = Object.fromEntries(keys.map((key) => [key, company[key] ?? blank(key)]));
      toast("Saved.", { label: "Undo", run: () => save.mutate(before) });
    },
    onError: (error) => {
      if (!(error instanceof ApiError) || error.fields.length === 0) toast(messageOf(error));
    },
  });
  return save;
}

/** What clears a field. */
const blank = (key: keyof CompanyInput) => (key === "employee_count" || key === "owner_id" ? null : "");
