import type { FormEvent } from "react";
import { formError } from "~/api/errors.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { useBulk } from "~/components/bulk-toast.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

/** What deleting `count` contacts means, before it happens. */
export function DeleteDialog({
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
  const remove = useBulk(onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate({ who, action: { kind: "delete" } });
  };
  const error = formError(remove.error, []);
  const people = plural(count, "contact");
  return (
    <Dialog
      title={`Delete ${people}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" type="submit" form="delete-contacts" busy={remove.isPending}>
            Delete {people}
          </Button>
        </>
      }
    >
      <form id="delete-contacts" className="stack" onSubmit={submit}>
        {error ? <ErrorBlock error={error} /> : null}
        <p>
          They leave their campaigns, lists and segments, and messages that wait to be sent to them are
          withdrawn. Their conversations stay in the inbox, and whoever opted out stays suppressed.
        </p>
        <p className="soft">
          For 30 days this can be undone, here or under Jobs: they come back with everything they had.
          Campaigns go on where they stood; a person who wrote to you meanwhile is left to you.
        </p>
      </form>
    </Dialog>
  );
}
