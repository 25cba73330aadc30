import { type FormEvent, useState } from "react";
import { fieldError, formError } from "~/api/errors.ts";
import type { Teammate } from "~/api/types/team.ts";
import type { Role } from "~/api/types/workspace.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Button } from "~/ui/button.tsx";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const change: MemberChange = {};
    if (role !== teammate.role) change.role = role;
    if (handle.trim() !== teammate.handle) change.handle = handle.trim();
    if (Object.keys(change).length === 0) onClose();
    else save.mutate(change);
  };
  const error = formError(save.error, ["handle"]);
  return (
    <Dialog title={`Edit ${teammate.name}`} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {error ? <ErrorBlock error={error} /> : null}
        <Choices legend="Role" name="role" value={role} options={ROLES} onChange={setRole} />
        {teammate.you && teammate.role === "admin" && role !== "admin" ? (
          <Callout tone="warn">This is you. Once saved, only another admin can make you one again.</Callout>
        ) : null}
        <TextField
          label="Handle"
          required
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          hint="A short name, used once in the workspace. The relayer sends it as the employee id."
          value={handle}
          error={fieldError(save.error, "handle")}
          onChange={(event) => setHandle(event.target.value)}
        />
        {teammate.second_factor && !teammate.you ? <ResetTwoStep teammate={teammate} /> : null}
        <div className="dialog-foot dialog-foot-in">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
