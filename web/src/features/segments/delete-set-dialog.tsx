import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import type { SetKind } from "~/components/sets.ts";
import { count } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";

/** A set goes; who was in it stays. */
export function DeleteSetDialog({
  kind,
  set,
  onDeleted,
  onClose,
}: {
  kind: SetKind;
  set: { id: string; name: string; contacts: number };
  onDeleted?: () => void;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => del(`/api/${kind}s/${set.id}`),
    onSuccess: () => {
      onClose();
      onDeleted?.();
      toast(`${set.name} was deleted.`);
      for (const key of [`${kind}s`, "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const people =
    set.contacts === 0
      ? "Nobody is in it."
      : `${count(set.contacts)} ${set.contacts === 1 ? "contact is" : "contacts are"} in it.`;
  return (
    <ConfirmDialog
      title={`Delete ${set.name}?`}
      verb={`Delete the ${kind}`}
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        {people} The contacts stay; only the {kind} goes, and cannot be brought back.
      </p>
    </ConfirmDialog>
  );
}
