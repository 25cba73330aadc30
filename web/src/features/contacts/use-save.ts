import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patch } from "~/api/client.ts";
import { ApiError, messageOf } from "~/api/errors.ts";
import { contactQuery } from "~/api/queries.ts";
import type { Contact, ContactInput } from "~/api/types/contacts.ts";
import { toast } from "~/ui/toast.tsx";

/** What takes a change back. */
export function undoing(contact: Contact, { custom, ...change }: ContactInput): ContactInput {
  const keys = Object.keys(change) as (keyof typeof change)[];
  const before: ContactInput = Object.fromEntries(keys.map((key) => [key, contact[key]]));
  if (custom)
    before.custom = Object.fromEntries(Object.keys(custom).map((key) => [key, contact.custom[key] ?? null]));
  return before;
}

/** Saves one change of a contact, and offers the way back. */
export function useSave(contact: Contact) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (change: ContactInput) => patch<Contact>(`/api/contacts/${contact.id}`, change),
    onSuccess: (saved, change) => {
      client.setQueryData(contactQuery(contact.id).queryKey, saved);
      for (const key of ["contacts", "custom-fields"]) void client.invalidateQueries({ queryKey: [key] });
      toast("Saved.", { label: "Undo", run: () => save.mutate(undoing(contact, change)) });
    },
    onError: (error) => {
      const fields = error instanceof ApiError ? error.fields : [];
      // What is wrong with a custom field stands beside it.
      if (!fields.some(({ field }) => field.startsWith("custom."))) toast(messageOf(error));
    },
  });
  return save;
}
