import type { Draft } from "~/api/types/drafts.ts";
import { When } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

const SHOWN = 3;

/** How many, a few of them, and when the first one leaves. */
export function ApproveManyDialog({
  drafts,
  busy,
  onApprove,
  onClose,
}: {
  drafts: readonly Draft[];
  busy: boolean;
  onApprove: () => void;
  onClose: () => void;
}) {
  const first = drafts.flatMap(({ send_at }) => send_at ?? []).sort()[0];
  return (
    <Dialog
      title={`Approve ${plural(drafts.length, "draft")}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not yet</Button>
          <Button look="primary" busy={busy} onClick={onApprove}>
            Approve {plural(drafts.length, "draft")}
          </Button>
        </>
      }
    >
      {first === undefined ? null : (
        <p>
          The first one leaves <When at={first} />, after ten seconds in which you can take it back.
        </p>
      )}
      <ul className="sample" aria-label="Some of them">
        {drafts.slice(0, SHOWN).map((draft) => (
          <li key={draft.id}>
            <span className="strong">{draft.contact_name}</span>
            <p className="small soft">{draft.text}</p>
          </li>
        ))}
      </ul>
      {drafts.length > SHOWN ? <p className="small muted">And {drafts.length - SHOWN} more.</p> : null}
    </Dialog>
  );
}
