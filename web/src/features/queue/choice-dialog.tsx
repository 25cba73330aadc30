import type { ReactNode } from "react";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Keys } from "~/ui/keys.tsx";

/** One of a few answers, each with a number for its key. */
export function ChoiceDialog({
  title,
  choices,
  onClose,
}: {
  title: string;
  choices: readonly { label: string; note?: ReactNode; run: () => void }[];
  onClose: () => void;
}) {
  useCommands(
    choices.map(({ label, run }, index) => ({
      id: `choice.${index + 1}`,
      label,
      group: title,
      keys: `${index + 1}`,
      inFields: true,
      hidden: true,
      run,
    })),
  );
  return (
    <Dialog title={title} onClose={onClose}>
      <ul className="choices">
        {choices.map(({ label, note, run }, index) => (
          <li key={label}>
            <button type="button" className="choice" onClick={run}>
              <span className="grow">{label}</span>
              {note ? <span className="small muted">{note}</span> : null}
              <Keys keys={`${index + 1}`} />
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
