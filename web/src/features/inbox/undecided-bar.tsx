import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { undecidedQuery } from "~/api/queries.ts";
import { plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Button } from "~/ui/button.tsx";
import { UndecidedDialog } from "./undecided-dialog.tsx";

/** How many messages wait for a decision, and the way to decide about many of them at once. */
export function UndecidedBar() {
  const { data } = useQuery(undecidedQuery({}));
  const [open, setOpen] = useState(false);
  const some = (data?.messages ?? 0) > 0;
  useCommands([
    {
      id: "inbox.decide-many",
      label: "Decide about many uncertain messages",
      group: "Inbox",
      icon: "question",
      run: () => setOpen(true),
    },
  ]);
  if (!some && !open) return null;
  return (
    <div className="undecided-bar">
      <span className="small grow">
        {plural(data?.messages ?? 0, "message")} may or may not have left. Only you can tell.
      </span>
      <Button small onClick={() => setOpen(true)}>
        Decide about many
      </Button>
      {open ? <UndecidedDialog onClose={() => setOpen(false)} /> : null}
    </div>
  );
}
