import { type FormEvent, useState } from "react";
import { fieldError, formError } from "~/api/errors.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { useBulk } from "~/components/bulk-toast.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { SelectField } from "~/ui/field.tsx";

/** Which status `count` contacts get, and what that means, before it happens. */
export function StatusDialog({
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
  const [status, setStatus] = useState("");
  const set = useBulk(onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (status !== "") set.mutate({ who, action: { kind: "set_status", status } });
  };
  const error = formError(set.error, ["action.status"]);
  return (
    <Dialog
      title={`Set the status of ${plural(count, "contact")}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="set-status"
            busy={set.isPending}
            disabled={status === ""}
          >
            {status === "" ? "Set status" : `Set to ${status}`}
          </Button>
        </>
      }
    >
      <form id="set-status" className="stack" onSubmit={submit}>
        {error ? <ErrorBlock error={error} /> : null}
        <SelectField
          label="Status"
          required
          value={status}
          error={fieldError(set.error, "action.status")}
          onChange={(event) => setStatus(event.target.value)}
        >
          <option value="">Choose a status</option>
          {CONTACT_STATUSES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
        <p className="soft">
          {status === "Do Not Contact"
            ? "This is a note for people. Campaigns go on as they are; who must not be written to belongs on the suppression list."
            : "Campaigns go on as they are. Segments that ask for the status follow."}{" "}
          For 30 days this can be undone.
        </p>
      </form>
    </Dialog>
  );
}
