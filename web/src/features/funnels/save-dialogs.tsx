import { useState } from "react";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { ProblemList } from "./dock.tsx";
import type { HostWords } from "./host.ts";
import type { Base } from "./use-builder.ts";
import type { Refusal } from "./use-save.ts";

/** What has to be decided before a funnel can be saved. */
export function SaveDialogs({
  refusal,
  words,
  version,
  saving,
  onName,
  onCopy,
  onTheirs,
  onRetry,
  onClose,
}: {
  refusal: Refusal | null;
  /** What it is called here. */
  words: HostWords;
  version: number;
  saving: boolean;
  onName: (words: { name: string; description: string }) => void;
  onCopy: () => void;
  onTheirs: (base: Base) => void;
  onRetry: () => void;
  onClose: () => void;
}) {
  if (!refusal) return null;
  switch (refusal.why) {
    case "name":
      return (
        <WordsDialog
          title="Name the funnel"
          verb="Save"
          name=""
          description=""
          onSave={onName}
          onClose={onClose}
        />
      );
    case "problems":
      return (
        <Dialog
          title={`Not saved yet: ${plural(refusal.problems.length, "thing")} to correct`}
          onClose={onClose}
          footer={
            <Button look="primary" onClick={onClose}>
              Go on editing
            </Button>
          }
        >
          <p>No campaign could run on it. What you wrote is kept in this browser meanwhile.</p>
          <ProblemList problems={refusal.problems} onJump={onClose} />
        </Dialog>
      );
    case "newer":
      return (
        <Dialog
          title={`Somebody else has saved ${words.this}`}
          onClose={onClose}
          footer={
            <>
              <Button onClick={() => onTheirs(refusal.theirs)}>Reload theirs</Button>
              <Button look="primary" busy={saving} onClick={onCopy}>
                {words.copy}
              </Button>
            </>
          }
        >
          <p>
            You began with {words.numbered(version)}. Since then {words.numbered(refusal.theirs.version)} was
            saved, here in another tab or by a colleague. Nothing of either is lost: save yours as a funnel of
            its own, or give up your changes and look at theirs.
          </p>
        </Dialog>
      );
    case "failed":
      return (
        <Dialog
          title="Nothing was saved"
          onClose={onClose}
          footer={
            <>
              <Button onClick={onClose}>Close</Button>
              <Button look="primary" busy={saving} onClick={onRetry}>
                Try again
              </Button>
            </>
          }
        >
          <ErrorBlock error={refusal.error} />
          <p className="small soft">Your changes are kept in this browser.</p>
        </Dialog>
      );
  }
}

/** The name of a funnel, and a sentence about it. */
export function WordsDialog({
  title,
  verb,
  name: firstName,
  description: firstDescription,
  onSave,
  onClose,
}: {
  title: string;
  verb: string;
  name: string;
  description: string;
  onSave: (words: { name: string; description: string }) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(firstName);
  const [description, setDescription] = useState(firstDescription);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onSave({ name: name.trim(), description: description.trim() });
        }}
      >
        <TextField
          label="Name"
          required
          pattern=".*\S.*"
          maxLength={200}
          autoComplete="off"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <TextField
          label="What it is for"
          maxLength={500}
          autoComplete="off"
          value={description}
          onChange={({ target }) => setDescription(target.value)}
        />
        <div className="dialog-foot dialog-foot-in">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit">
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Before the page is left with something unsaved. */
export function LeaveDialog({
  onStay,
  onKeep,
  onDiscard,
}: {
  onStay: () => void;
  onKeep: () => void;
  onDiscard: () => void;
}) {
  return (
    <Dialog
      title="Leave without saving?"
      onClose={onStay}
      footer={
        <>
          <Button look="danger" onClick={onDiscard}>
            Discard and leave
          </Button>
          <Button onClick={onKeep}>Leave, keep them</Button>
          <Button look="primary" onClick={onStay}>
            Stay
          </Button>
        </>
      }
    >
      <p>Your changes are not saved. Kept, they wait in this browser until you come back to these steps.</p>
    </Dialog>
  );
}
