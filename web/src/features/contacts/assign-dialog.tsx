import { type FormEvent, useState } from "react";
import { fieldError, formError } from "~/api/errors.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { useBulk } from "~/components/bulk-toast.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { OwnerOptions, useMembers } from "~/components/owner.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { SelectField } from "~/ui/field.tsx";

/** Who gets `count` contacts, and what that means, before it happens. */
export function AssignDialog({
  who,
  count,
  onClose,
  onDone,
}: {
  who: AssignWho;
  count: number;
  onClose: () => void;
  onDone: () => void;
}) {
  const members = useMembers();
  const [ownerId, setOwnerId] = useState("");
  const owner = members.find(({ id }) => id === ownerId);
  const assign = useBulk(onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (owner) assign.mutate({ who, action: { kind: "assign", owner_id: owner.id } });
  };
  const error = formError(assign.error, ["action.owner_id"]);
  return (
    <Dialog
      title={`Assign ${plural(count, "contact")}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="assign" busy={assign.isPending} disabled={!owner}>
            {owner ? `Assign to ${owner.name}` : "Assign"}
          </Button>
        </>
      }
    >
      <form id="assign" className="stack" onSubmit={submit}>
        {error ? <ErrorBlock error={error} /> : null}
        <SelectField
          label="To"
          required
          value={ownerId}
          error={fieldError(assign.error, "action.owner_id")}
          onChange={(event) => setOwnerId(event.target.value)}
        >
          <option value="">Choose somebody</option>
          <OwnerOptions />
        </SelectField>
        <p className="soft">
          Their conversations go along. Campaigns go on as they are. A rep who sees only their own loses sight
          of what they hand on. For 30 days this can be undone.
        </p>
      </form>
    </Dialog>
  );
}
