import type { Label } from "~/api/types/inbox.ts";
import { Icon } from "~/ui/icon.tsx";
import "./label-mark.css";

/** A word with its colour; the word says it, the colour helps to find it. */
export function LabelMark({
  label,
  onRemove,
}: {
  label: Pick<Label, "name" | "color">;
  onRemove?: () => void;
}) {
  return (
    <span className="label-mark" data-color={label.color}>
      <span className="clip">{label.name}</span>
      {onRemove ? (
        <button type="button" aria-label={`Take off ${label.name}`} onClick={onRemove}>
          <Icon name="cross" />
        </button>
      ) : null}
    </span>
  );
}
