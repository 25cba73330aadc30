import { count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { canTakeAll, NOTHING, type Selection, sizeOf } from "./selection.ts";
import type { SetAction } from "./use-sets.ts";
import type { ContactsView } from "./view.ts";

/** What can be done with what is ticked. */
export function BulkBar({
  selection,
  view,
  loaded,
  total,
  onSelect,
  onAssign,
  onStatus,
  onSet,
  onLeave,
}: {
  selection: Selection;
  view: ContactsView;
  /** How many rows are in the list so far. */
  loaded: number;
  total: number;
  onSelect: (selection: Selection) => void;
  /** Nothing where there is nobody to hand them to, or the reader may not. */
  onAssign: (() => void) | null;
  onStatus: () => void;
  onSet: (action: SetAction) => void;
  /** Takes them off the list that is shown, where one is. */
  onLeave: (() => void) | null;
}) {
  const size = sizeOf(selection, total);
  const whole = selection !== "all" && size === loaded && total > loaded;
  return (
    <section className="bulk" aria-label="Selection">
      <span className="strong" aria-live="polite">
        {selection === "all" ? `All ${count(total)} that match` : `${plural(size, "contact")} selected`}
      </span>
      {whole && canTakeAll(view) ? (
        <Button small look="quiet" onClick={() => onSelect("all")}>
          Select all {count(total)} that match
        </Button>
      ) : null}
      <span className="push" />
      <Button small onClick={() => onSet("add-tag")}>
        Add tag…
      </Button>
      <Button small onClick={() => onSet("remove-tag")}>
        Remove tag…
      </Button>
      <Button small onClick={() => onSet("add-list")}>
        Add to list…
      </Button>
      {onLeave ? (
        <Button small onClick={onLeave}>
          Take off this list
        </Button>
      ) : null}
      <Button small onClick={onStatus}>
        Set status…
      </Button>
      {onAssign ? (
        <Button small onClick={onAssign}>
          Assign to…
        </Button>
      ) : null}
      <Button small look="quiet" icon="cross" onClick={() => onSelect(NOTHING)}>
        Clear
      </Button>
    </section>
  );
}
