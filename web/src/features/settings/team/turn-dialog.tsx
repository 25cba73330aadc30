import type { Teammate } from "~/api/types.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";
import { useMemberChange } from "./use-member-change.ts";

/** Says what becomes of somebody before they are shut out or let in again. */
export function TurnDialog({ teammate, onClose }: { teammate: Teammate; onClose: () => void }) {
  const { name, disabled, you } = teammate;
  const turn = useMemberChange(teammate.id, (after) => {
    toast(after.disabled ? `${name} is disabled and signed out.` : `${name} may sign in again.`);
    onClose();
  });
  const verb = disabled ? "Enable" : "Disable";
  return (
    <Dialog
      title={`${verb} ${name}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={disabled ? "primary" : "danger"}
            busy={turn.isPending}
            onClick={() => turn.mutate({ disabled: !disabled })}
          >
            {verb}
          </Button>
        </>
      }
    >
      {turn.error ? <ErrorBlock error={turn.error} /> : null}
      {disabled ? (
        <p>{name} can sign in again with the same password and role.</p>
      ) : (
        <ul className="plain-list">
          <li>
            {you
              ? "This is you: you are signed out at once, and only another admin can let you in again."
              : "All their sessions end at once, and they cannot sign in to this workspace."}
          </li>
          <li>Their contacts, campaigns and conversations stay as they are, and campaigns go on sending.</li>
          <li>An admin can enable them again at any time.</li>
        </ul>
      )}
    </Dialog>
  );
}
