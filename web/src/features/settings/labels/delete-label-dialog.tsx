import { useMutation } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { Label } from "~/api/types/inbox.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { plural } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";
import { useLabelsChanged } from "./use-labels-changed.ts";

/** A label comes off everything that carries it: that is said in numbers first. */
export function DeleteLabelDialog({ label, onClose }: { label: Label; onClose: () => void }) {
  const changed = useLabelsChanged();
  const remove = useMutation({
    mutationFn: () => del(`/api/labels/${label.id}`),
    onSuccess: () => {
      changed();
      toast(`${label.name} was deleted.`);
      onClose();
    },
  });
  const many = plural(label.conversations, "conversation");
  return (
    <ConfirmDialog
      title={`Delete ${label.name}?`}
      verb={label.conversations === 0 ? "Delete the label" : `Take it off ${many} and delete it`}
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        {label.conversations === 0
          ? "No conversation carries it."
          : `It comes off ${many} for good. The conversations stay as they are. To keep them together, merge it into another label instead.`}
      </p>
    </ConfirmDialog>
  );
}
