import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { Suppression } from "~/api/types/contacts.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { toast } from "~/ui/toast.tsx";
import { isErased, nameOf } from "./erased-address.ts";

/** Somebody who said no is written to again: that is asked, not done by one slip. */
export function RemoveDialog({ entry, onClose }: { entry: Suppression; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => del(`/api/suppressions/${entry.id}`),
    onSuccess: () => {
      for (const key of ["suppressions", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(`${isErased(entry) ? "The erased address" : entry.value} may be written to again.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Write to them again?"
      verb="Take it off the list"
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        From now on messages may go to <strong className="suppressed-address">{nameOf(entry)}</strong> again.
        Do it only when they have asked for it themselves.
      </p>
    </ConfirmDialog>
  );
}
