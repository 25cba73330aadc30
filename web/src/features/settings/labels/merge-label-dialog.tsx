import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { Label } from "~/api/types/inbox.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { plural } from "~/lib/format.ts";
import { SelectField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { useLabelsChanged } from "./use-labels-changed.ts";

/** Two words for the same become one. */
export function MergeLabelDialog({
  label,
  others,
  onClose,
}: {
  label: Label;
  others: readonly Label[];
  onClose: () => void;
}) {
  const [into, setInto] = useState(others[0]?.id ?? "");
  const changed = useLabelsChanged();
  const merge = useMutation({
    mutationFn: () => post<Label>(`/api/labels/${label.id}/merge`, { into_id: into }),
    onSuccess: (kept) => {
      changed();
      toast(`${label.name} is ${kept.name} now.`);
      onClose();
    },
  });
  const name = others.find(({ id }) => id === into)?.name ?? "";
  return (
    <ConfirmDialog
      title={`Merge ${label.name}?`}
      verb={`Merge into ${name}`}
      look="primary"
      request={merge}
      onConfirm={merge.mutate}
      onClose={onClose}
    >
      <SelectField label="Into" value={into} onChange={({ target }) => setInto(target.value)}>
        {others.map((other) => (
          <option key={other.id} value={other.id}>
            {other.name}
          </option>
        ))}
      </SelectField>
      <p>
        {plural(label.conversations, "conversation")} with {label.name} will carry {name} instead, and{" "}
        {label.name} is gone. That cannot be taken back.
      </p>
    </ConfirmDialog>
  );
}
