import { useState } from "react";
import { messageOf } from "~/api/errors.ts";
import type { Teammate } from "~/api/types/team.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { OwnerOptions, useAssign, useMembers } from "~/components/owner.tsx";
import { plural } from "~/lib/format.ts";
import { SelectField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { useMemberChange } from "./use-member-change.ts";

/** Says what becomes of somebody before they are shut out or let in again. */
export function TurnDialog({
  teammate,
  contacts,
  onClose,
}: {
  teammate: Teammate;
  /** How many are theirs. */
  contacts: number;
  onClose: () => void;
}) {
  const { name, disabled, you } = teammate;
  const members = useMembers();
  const [heirId, setHeirId] = useState("");
  const heir = members.find(({ id }) => id === heirId);
  const assign = useAssign();
  const turn = useMemberChange(teammate.id, (after) => {
    toast(after.disabled ? `${name} is disabled and signed out.` : `${name} may sign in again.`);
    // Shut out first: what cannot be handed over now can be handed over from the contacts later.
    if (after.disabled && heir)
      assign
        .mutateAsync({ who: { owner_id: teammate.id }, owner: heir })
        .catch((error: unknown) => toast(`The contacts of ${name} stay theirs. ${messageOf(error)}`));
    onClose();
  });
  const verb = disabled ? "Enable" : "Disable";
  return (
    <ConfirmDialog
      title={`${verb} ${name}?`}
      verb={verb}
      look={disabled ? "primary" : "danger"}
      request={turn}
      onConfirm={() => turn.mutate({ disabled: !disabled })}
      onClose={onClose}
    >
      {disabled ? (
        <p>{name} can sign in again with the same password and role.</p>
      ) : (
        <ul className="plain-list">
          <li>
            {you
              ? "This is you: you are signed out at once, and only another admin can let you in again."
              : "All their sessions end at once, their API keys and relayers are refused, and they cannot sign in to this workspace."}
          </li>
          <li>
            {heir
              ? `${heir.name} gets their contacts with the conversations. Campaigns go on sending.`
              : "Their contacts, campaigns and conversations stay as they are, and campaigns go on sending."}
          </li>
          <li>An admin can enable them again at any time.</li>
        </ul>
      )}
      {!disabled && contacts > 0 ? (
        <SelectField
          label={`Hand their ${plural(contacts, "contact")} to`}
          value={heirId}
          onChange={(event) => setHeirId(event.target.value)}
        >
          <option value="">Nobody: they stay as they are</option>
          <OwnerOptions except={teammate.id} />
        </SelectField>
      ) : null}
    </ConfirmDialog>
  );
}
