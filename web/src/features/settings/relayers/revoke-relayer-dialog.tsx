import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { Relayer } from "~/api/types/relayers.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { seenWords } from "~/lib/seen.ts";
import { toast } from "~/ui/toast.tsx";

/** Says whether the device is still there before it is shut out. */
export function RevokeRelayerDialog({ relayer, onClose }: { relayer: Relayer; onClose: () => void }) {
  const now = useWallClock();
  const client = useQueryClient();
  const { id, name, yours, member_name, last_seen_at } = relayer;
  const revoke = useMutation({
    mutationFn: () => del(`/api/relayers/${id}`),
    onSuccess: () => {
      toast(`The key of “${name}” is revoked.`);
      onClose();
    },
    // Also where it was gone already.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["team-totals"] });
      return client.invalidateQueries({ queryKey: ["relayers"] });
    },
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
          It belongs to <strong>{member_name}</strong> and carries their messages.
        </p>
      )}
      <p>
        {last_seen_at ? (
          <>
            It was here last <strong>{seenWords(last_seen_at, now)}</strong>.{" "}
          </>
        ) : (
          "It was never here. "
        )}
        From now on its key opens nothing, and it carries no more messages. This cannot be taken back; the
        device can get another key.
      </p>
    </ConfirmDialog>
  );
}
