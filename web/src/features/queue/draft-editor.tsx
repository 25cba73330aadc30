import { useEffect, useRef, useState } from "react";
import type { Draft } from "~/api/types/drafts.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Button } from "~/ui/button.tsx";

export type Edited = { text: string; subject?: string | undefined };

/** The text in place: kept for later, or approved as it is now. */
export function DraftEditor({
  draft,
  busy,
  onSave,
  onApprove,
  onLeave,
}: {
  draft: Draft;
  busy: boolean;
  onSave: (edited: Edited) => void;
  onApprove: (edited: Edited) => void;
  onLeave: () => void;
}) {
  const [text, setText] = useState(draft.text);
  const [subject, setSubject] = useState(draft.subject ?? "");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const edited: Edited = draft.subject === null ? { text } : { text, subject };
  const isEdited = text !== draft.text || subject !== (draft.subject ?? "");
  const original = draft.original_text ?? draft.text;
  const originalSubject = draft.original_subject ?? draft.subject ?? "";
  const isFit = text.trim() !== "";
  useCommands([
    {
      id: "queue.approve-edited",
      label: "Approve as edited",
      group: "Send queue",
      keys: "mod+enter",
      inFields: true,
      run: () => {
        if (isFit) onApprove(edited);
      },
    },
    {
      id: "queue.leave-editor",
      label: "Leave the text as it was",
      group: "Send queue",
      keys: "escape",
      inFields: true,
      hidden: true,
      run: onLeave,
    },
  ]);
  return (
    <form
      className="draft-editor"
      aria-label="Edit the draft"
      onSubmit={(event) => {
        event.preventDefault();
        if (isFit) onSave(edited);
      }}
    >
      {draft.subject === null ? null : (
        <input
          className="input"
          aria-label="Subject"
          value={subject}
          onChange={(event) => setSubject(event.target.value)}
        />
      )}
      <textarea
        ref={field}
        className="input"
        aria-label="Text"
        rows={Math.min(18, Math.max(6, text.split("\n").length + 2))}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row row-wrap">
        <Button
          look="primary"
          keys="mod+enter"
          busy={busy}
          disabled={!isFit}
          onClick={() => onApprove(edited)}
        >
          {isEdited || draft.original_text !== null ? "Approve (edited)" : "Approve"}
        </Button>
        <Button type="submit" busy={busy} disabled={!isFit || !isEdited}>
          Save
        </Button>
        <Button look="quiet" keys="escape" onClick={onLeave}>
          Cancel
        </Button>
        {text === original && subject === originalSubject ? null : (
          <Button
            look="quiet"
            icon="undo"
            onClick={() => {
              setText(original);
              setSubject(originalSubject);
              field.current?.focus();
            }}
          >
            Restore original
          </Button>
        )}
      </div>
    </form>
  );
}
