import { useState } from "react";
import type { SavedView, ViewPage } from "~/api/types/views.ts";
import { NameDialog } from "../name-dialog.tsx";
import { useViewChanges } from "./use-view-changes.ts";

/** Gives what a list shows a name. */
export function SaveViewDialog({
  page,
  query,
  onSaved,
  onClose,
}: {
  page: ViewPage;
  query: string;
  onSaved: (view: SavedView) => void;
  onClose: () => void;
}) {
  const { create } = useViewChanges();
  const [shared, setShared] = useState(false);
  const [pinned, setPinned] = useState(true);
  return (
    <NameDialog
      title="Save as a view"
      verb="Save the view"
      hint="It keeps the search, the filters, the order and the columns."
      onClose={onClose}
      onSave={async (name) =>
        onSaved(await create.mutateAsync({ name, page, query, is_shared: shared, is_pinned: pinned }))
      }
      more={
        <div className="stack-2">
          <label className="check">
            <input type="checkbox" checked={pinned} onChange={(event) => setPinned(event.target.checked)} />
            Pin it to the navigation
          </label>
          <label className="check">
            <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
            Share it with everybody in the workspace
          </label>
        </div>
      }
    />
  );
}
