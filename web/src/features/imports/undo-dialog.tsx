import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { importQuery } from "~/api/queries.ts";
import type { Import, ImportUndo } from "~/api/types/imports.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useNow } from "~/lib/clock.ts";
import { undoPlan, untilWords } from "./undo.ts";

/** Says exactly what taking the import back does, and does it. */
export function UndoDialog({
  of: data,
  undo,
  onAsked,
  onClose,
}: {
  of: Import;
  undo: ImportUndo;
  onAsked: () => void;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const now = useNow();
  const ask = useMutation({
    mutationFn: () => post<Import>(`/api/imports/${data.id}/undo`),
    onSuccess: (asked) => {
      client.setQueryData(importQuery(data.id).queryKey, asked);
      onAsked();
    },
    // Refused, too: somebody else may have asked meanwhile.
    onSettled: () => {
      for (const key of [["imports"], ["import", data.id]]) void client.invalidateQueries({ queryKey: key });
    },
  });
  return (
    <ConfirmDialog
      title="Undo this import?"
      verb={undo.at === null ? "Undo the import" : "Go on undoing"}
      keep="Keep it"
      request={ask}
      onConfirm={ask.mutate}
      onClose={onClose}
    >
      <ul className="plan">
        {undoPlan(data).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p className="small soft">
        This is possible until {untilWords(undo, now)}. What was undone stays undone; the file can be imported
        again.
      </p>
    </ConfirmDialog>
  );
}
