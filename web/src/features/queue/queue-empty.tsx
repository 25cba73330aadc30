import { Link } from "react-router";
import type { DraftView } from "~/api/types/drafts.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";

/** Nothing to review is good news; nothing in another part is only that. */
export function QueueEmpty({ view, onNew }: { view: DraftView; onNew: () => void }) {
  if (view !== "review")
    return (
      <Empty title="Nothing here.">
        <Link className="btn" to={paths.queue}>
          Show what is to be reviewed
        </Link>
      </Empty>
    );
  return (
    <Empty
      title="Nothing waits for you."
      text="Messages that need a yes before they leave stand here: drafts on Telegram, and what programs write for you. Approved ones are sent as soon as your sending rules allow."
    >
      <Button icon="plus" onClick={onNew}>
        New draft
      </Button>
    </Empty>
  );
}
