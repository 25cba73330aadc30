import { atLeast, count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { canTakeAll, NOTHING, type Selection, sizeOf } from "./selection.ts";
import type { SetAction } from "./use-sets.ts";
import type { ContactsView } from "./view.ts";

/** What can be done with what is ticked. */
export function BulkBar({
  selection,
  view,
  loaded,
  found,
  total,
  onSelect,
  onAssign,
  onStatus,
  onSet,
  onPaste,
  onLeave,
  onDelete,
}: {
  selection: Selection;
  view: ContactsView;
  /** How many rows are in the list so far. */
  loaded: number;
  /** How many match, as far as they were counted. */
  found: { total: number; total_is_capped?: boolean };
  /** How many match exactly, once that is known. */
  total: number | undefined;
  onSelect: (selection: Selection) => void;
  /** Nothing where there is nobody to hand them to, or the reader may not. */
  onAssign: (() => void) | null;
  onStatus: () => void;
  onSet: (action: SetAction) => void;
  /** Nothing while more is ticked than there are rows. */
  onPaste: (() => void) | null;
  /** Takes them off the list that is shown, where one is. */
  onLeave: (() => void) | null;
  onDelete: () => void;
}) {
  const size = sizeOf(selection, found.total);
  const whole = selection !== "all" && size === loaded && (found.total_is_capped || found.total > loaded);
  // Nobody decides about a number that is still being counted.
  const counting = selection === "all" && total === undefined;
  return (
    <section className="bulk" aria-label="Selection">
      <span className="strong" aria-live="polite">
        {counting
          ? `All that match, more than ${count(found.total)}: counting…`
          : selection === "all"
            ? `All ${count(total ?? 0)} that match`
            : `${plural(size, "contact")} selected`}
      </span>
      {whole && canTakeAll(view) ? (
        <Button small look="quiet" onClick={() => onSelect("all")}>
          Select all {atLeast(found)} that match
        </Button>
      ) : null}
      <span className="push" />
      <Button small disabled={counting} onClick={() => onSet("add-tag")}>
        Add tag…
      </Button>
      <Button small disabled={counting} onClick={() => onSet("remove-tag")}>
        Remove tag…
      </Button>
      <Button small disabled={counting} onClick={() => onSet("add-list")}>
        Add to list…
      </Button>
      {onLeave ? (
        <Button small disabled={counting} onClick={onLeave}>
          Take off this list
        </Button>
      ) : null}
      <Button small disabled={counting} onClick={onStatus}>
        Set status…
      </Button>
      {onPaste ? (
        <Button small onClick={onPaste}>
          Paste cells…
        </Button>
      ) : null}
      {onAssign ? (
        <Button small disabled={counting} onClick={onAssign}>
          Assign to…
        </Button>
      ) : null}
      <Button small disabled={counting} onClick={onDelete}>
        Delete…
      </Button>
      <Button small look="quiet" icon="cross" onClick={() => onSelect(NOTHING)}>
        Clear
      </Button>
    </section>
  );
}
