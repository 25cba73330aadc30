import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { count } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";

/** A field goes with everything that was ever written into it: that is said in numbers first. */
export function DeleteFieldDialog({ field, onClose }: { field: CustomField; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => del(`/api/custom-fields/${field.id}`),
    onSuccess: () => {
      for (const key of ["custom-fields", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(`${field.name} was deleted.`);
      onClose();
    },
  });
  const { contacts } = field;
  return (
    <ConfirmDialog
      title={`Delete ${field.name}?`}
      verb={
        contacts === 0
          ? "Delete the field"
          : `Delete it and ${count(contacts)} ${contacts === 1 ? "value" : "values"}`
      }
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        {contacts === 0 ? (
          "No contact has a value in it, so nothing is lost."
        ) : (
          <>
            <strong>{contacts === 1 ? "One contact has" : `${count(contacts)} contacts have`}</strong> a value
            in it. {contacts === 1 ? "It goes" : "They go"} for good, and cannot be brought back. The contacts
            stay.
          </>
        )}
      </p>
      <p className="soft">
        Campaigns whose messages name it without a fallback hold their people there, and say why.
      </p>
    </ConfirmDialog>
  );
}
