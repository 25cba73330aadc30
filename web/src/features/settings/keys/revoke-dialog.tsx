import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { ApiKey } from "~/api/types/keys.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { seenWords } from "~/lib/seen.ts";
import { toast } from "~/ui/toast.tsx";

/** Says whether a program still counts on the key before it is gone. */
export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const now = useWallClock();
  const client = useQueryClient();
  const { id, name, yours, member_name, last_used_at, expired } = apiKey;
  const revoke = useMutation({
    mutationFn: () => del(`/api/api-keys/${id}`),
    onSuccess: () => {
      toast(`The key “${name}” is revoked.`);
      onClose();
    },
    // Also where it was gone already.
    onSettled: () => client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  return (
    <ConfirmDialog
      title={`Revoke “${name}”?`}
      verb="Revoke the key"
      keep="Keep it"
      request={revoke}
      onConfirm={revoke.mutate}
      onClose={onClose}
    >
      {yours ? null : (
        <p>
          It belongs to <strong>{member_name}</strong>.
        </p>
      )}
      <p>
        {last_used_at ? (
          <>
            A program used it last <strong>{seenWords(last_used_at, now)}</strong>.{" "}
          </>
        ) : (
          "No program has ever used it. "
        )}
        {expired
          ? "It has run out already and opens nothing."
          : "From now on whatever signs in with it is refused. This cannot be taken back; you can make another key."}
      </p>
    </ConfirmDialog>
  );
}
