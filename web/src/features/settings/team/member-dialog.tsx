import { useState } from "react";
import type { Teammate } from "~/api/types/team.ts";
import type { Role } from "~/api/types/workspace.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Choices, TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ResetTwoStep } from "./reset-two-step.tsx";
import { ROLES } from "./roles.ts";
import { type MemberChange, useMemberChange } from "./use-member-change.ts";

/** What an admin may change of somebody. */
export function MemberDialog({ teammate, onClose }: { teammate: Teammate; onClose: () => void }) {
  const [role, setRole] = useState<Role>(teammate.role);
  const [handle, setHandle] = useState(teammate.handle);
  const save = useMemberChange(teammate.id, (after) => {
    toast(`${after.name} is saved.`);
    onClose();
  });
  const send = () => {
    const change: MemberChange = {};
    if (role !== teammate.role) change.role = role;
    if (handle.trim() !== teammate.handle) change.handle = handle.trim();
    if (Object.keys(change).length === 0) onClose();
    else save.mutate(change);
  };
  return (
    <Dialog title={`Edit ${teammate.name}`} onClose={onClose}>
      <Form request={save} onSend={send}>
        <FormError />
        <Choices legend="Role" name="role" value={role} options={ROLES} onChange={setRole} />
        {teammate.you && teammate.role === "admin" && role !== "admin" ? (
          <Callout tone="warn">This is you. Once saved, only another admin can make you one again.</Callout>
        ) : null}
        <TextField
          label="Handle"
          name="handle"
          required
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          hint="A short name, used once in the workspace."
          value={handle}
          onChange={(event) => setHandle(event.target.value)}
        />
        {teammate.second_factor && !teammate.you ? <ResetTwoStep teammate={teammate} /> : null}
        <FormFoot verb="Save" onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
