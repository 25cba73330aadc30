import { Link } from "react-router";
import type { InboxView } from "~/api/types/inbox.ts";
import { count } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePop } from "~/lib/use-pop.ts";
import { INBOX_VIEWS, paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";

export const VIEW_LABEL: Record<InboxView, string> = {
  open: "Open",
  mine: "Mine",
  unread: "Unread",
  late: "Late",
  unassigned: "Unassigned",
  snoozed: "Snoozed",
  mentions: "Mentions",
  done: "Done",
  unmatched: "Unmatched",
  uncertain: "Uncertain",
  blocked: "Blocked",
  all: "Everything",
};
/** What always stands there, and what is late beside it; the others open with one more press. */
const FIRST: readonly InboxView[] = ["open", "mine", "unread"];

export type ViewCounts = Partial<Record<InboxView, number>>;

/** The parts of the inbox. The number of what is done says nothing. */
export function ViewTabs({
  view,
  counts,
  onGo,
}: {
  view: InboxView;
  counts: ViewCounts | undefined;
  onGo: (view: InboxView) => void;
}) {
  const { open, setOpen, box, onKeyDown } = usePop();
  const first = FIRST.concat((counts?.late ?? 0) > 0 ? ["late"] : []);
  const shown = first.includes(view) ? first : [...first, view];
  const rest = INBOX_VIEWS.filter((item) => !shown.includes(item));
  const amount = (item: InboxView) => (item === "done" ? 0 : (counts?.[item] ?? 0));
  useCommands([
    {
      id: "inbox.next-view",
      label: "Next part of the inbox",
      group: "Inbox",
      keys: "g v",
      icon: "right",
      run: () => onGo(INBOX_VIEWS[(INBOX_VIEWS.indexOf(view) + 1) % INBOX_VIEWS.length] ?? "open"),
    },
  ]);
  return (
    <nav className="tabs list-tabs" aria-label="Views">
      {shown.map((item) => (
        <Link key={item} to={paths.inbox(item)} aria-current={item === view ? "page" : undefined}>
          {VIEW_LABEL[item]}
          {amount(item) > 0 ? <span className="tab-count">{count(amount(item))}</span> : null}
        </Link>
      ))}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes it */}
      <div className="action push" ref={box} onKeyDown={onKeyDown}>
        <button type="button" className="tab-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          More
          <Icon name="down" />
        </button>
        {open ? (
          <div className="action-pop action-pop-end view-pop">
            {rest.map((item) => (
              <Link key={item} className="nav-item" to={paths.inbox(item)} onClick={() => setOpen(false)}>
                <span className="nav-label">{VIEW_LABEL[item]}</span>
                {amount(item) > 0 ? <span className="nav-count">{count(amount(item))}</span> : null}
              </Link>
            ))}
          </div>
        ) : null}
      </div>
    </nav>
  );
}
