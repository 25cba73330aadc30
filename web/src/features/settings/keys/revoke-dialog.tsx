import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import type { ApiKey } from "~/api/types/keys.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { seenWords } from "~/lib/seen.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
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
    <Dialog
      title={`Revoke “${name}”?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke the key
          </Button>
        </>
      }
    >
      {revoke.error ? <ErrorBlock error={revoke.error} /> : null}
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
    </Dialog>
  );
}
