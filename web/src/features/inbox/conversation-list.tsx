import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Link, type To, useLocation } from "react-router";
import type { Conversation, InboxView } from "~/api/types/inbox.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useOwnersShown } from "~/components/owner.tsx";
import { ReplyBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { ViewLine, ViewMenu, type ViewPlace } from "~/components/views/view-menu.tsx";
import { now } from "~/lib/clock.ts";
import { clockTime, dayName } from "~/lib/format.ts";
import { useAddressText } from "~/lib/use-address-text.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { DueMark } from "./due-mark.tsx";
import { heldOrder } from "./held-order.ts";
import { Initials, LabelDots } from "./label-marks.tsx";
import { type InboxFilter, ListFilter, NO_FILTER } from "./list-filter.tsx";
import { Marked } from "./marked.tsx";
import { PresenceMark } from "./presence-line.tsx";
import { UndecidedBar } from "./undecided-bar.tsx";
import { type ViewCounts, ViewTabs } from "./view-tabs.tsx";

const EMPTY: Record<InboxView, [string, string]> = {
  open: ["Nothing is open.", "Every conversation is done. New answers open it again."],
  mine: [
    "Nothing waits for you.",
    "What you are asked to answer, and what your contacts write, stands here.",
  ],
  unread: ["Inbox zero.", "Every answer has been read."],
  late: ["Nothing is late.", "Answers that take longer than your workspace wants would stand here."],
  unassigned: [
    "Everything has somebody.",
    "What belongs to nobody and nobody is asked to answer waits here.",
  ],
  snoozed: ["Nothing is snoozed.", "H puts a conversation away until a time; it comes back by itself."],
  mentions: ["Nobody has mentioned you.", "Notes with your name in them lead here."],
  done: ["Nothing is done yet.", "E files a conversation here."],
  unmatched: ["Nobody unknown has written.", "Messages from addresses that belong to no contact wait here."],
  uncertain: [
    "Nothing is uncertain.",
    "A message of which nobody knows whether it left would wait here for you.",
  ],
  blocked: ["Nobody is blocked.", "What blocked people write is kept here, out of everybody's way."],
  all: ["Nobody has been written to yet.", "What is sent and what is answered stands here."],
};
const ROW = 61;

export function ConversationList({
  view,
  selected,
  rows,
  counts,
  state,
  filter,
  place,
  onGo,
  onFilter,
  onOpen,
  onEnd,
}: {
  view: InboxView;
  selected: string | undefined;
  rows: readonly Conversation[];
  counts: ViewCounts | undefined;
  state: { isPending: boolean; error: unknown; refetch: () => void };
  filter: InboxFilter;
  place: ViewPlace;
  onGo: (view: InboxView) => void;
  onFilter: (part: Partial<InboxFilter>) => void;
  onOpen: (id: string) => void;
  onEnd: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  // Opening a conversation keeps the filters.
  const query = useLocation().search;
  const [text, setText] = useAddressText(filter.q, (q) => onFilter({ q }));

  const before = useRef<{ key: string; items: readonly Conversation[] }>({ key: "", items: [] });
  const [pointing, setPointing] = useState(false);
  const key = `${view}|${Object.values(filter).join("|")}`;
  const narrowed = Object.values(filter).some((value) => value !== "");
  const held = heldOrder(before.current.key === key ? before.current.items : [], rows, pointing, selected);
  before.current = { key, items: held.shown };
  const items = held.shown;

  const active = items.findIndex((item) => item.id === selected);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const shownChosen = chosen.filter((one) => items.some((item) => item.id === one));
  const choose = (one: string) =>
    setChosen((now) => (now.includes(one) ? now.filter((other) => other !== one) : [...now, one]));
  // What is chosen belongs to what is shown.
  useEffect(() => setChosen([]), [key]);
  useCommands([
    {
      id: "inbox.choose",
      label: "Choose for something done to many",
      group: "Inbox",
      keys: "x",
      icon: "check",
      run: () => {
        const at = items[active];
        if (at) choose(at.id);
      },
    },
  ]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const drawn = virtual.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (items.length > 0 && last >= items.length - 10) onEnd();
  }, [last, items.length, onEnd]);
  const go = (index: number) => {
    const item = items[index];
    if (!item) return;
    onOpen(item.id);
    virtual.scrollToIndex(index);
  };
  useListKeys({ id: "inbox", group: "Inbox", length: items.length, active, move: go, open: go });

  return (
    <section className="list-pane" aria-label="Conversations">
      <header className="page-head">
        <h2 className="inbox-title">Inbox</h2>
        <span className="push" />
        <ViewMenu place={place} />
        <ListFilter filter={filter} onFilter={onFilter} />
      </header>
      <ViewLine place={place} />
      <ViewTabs view={view} counts={counts} onGo={onGo} />
      {shownChosen.length > 0 ? (
        <BulkBar ids={shownChosen} blocked={view === "blocked"} onClear={() => setChosen([])} />
      ) : null}
      <div className="list-search" hidden={shownChosen.length > 0}>
        <SearchField
          id="inbox-search"
          label="Search people and messages"
          value={text}
          onChange={setText}
          keys="/"
        />
      </div>
      {view === "uncertain" ? <UndecidedBar /> : null}
      {held.waiting > 0 ? (
        <button
          type="button"
          className="new-pill"
          onClick={() => {
            setPointing(false);
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          <Icon name="up" />
          {held.waiting} new
        </button>
      ) : null}
      {state.error ? (
        <div className="list-state">
          <ErrorBlock error={state.error} onRetry={state.refetch} />
        </div>
      ) : null}
      {state.isPending ? <Skeleton lines={8} height={36} gap={20} /> : null}
      {!state.isPending && !state.error && items.length === 0 ? (
        narrowed ? (
          <Empty
            title="No conversation matches."
            text={
              filter.q === ""
                ? undefined
                : "Every word has to be in one message, or in the name; the last one may only be begun."
            }
          >
            {view === "all" || filter.q === "" ? null : (
              <Link className={buttonClass()} to={{ pathname: paths.inbox("all"), search: query }}>
                Search in everything
              </Link>
            )}
            <Button
              onClick={() => {
                setText("");
                onFilter(NO_FILTER);
              }}
            >
              Clear the filters
            </Button>
          </Empty>
        ) : (
          <Nothing
            view={view}
            first={counts !== undefined && (counts.open ?? 0) + (counts.done ?? 0) === 0}
          />
        )
      ) : null}
      <div
        className="list-scroll"
        // Nothing moves when the skeleton goes: what takes its place was not there before.
        hidden={state.isPending}
        ref={scroller}
        onPointerEnter={() => setPointing(true)}
        onPointerLeave={() => setPointing(false)}
      >
        <ul style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {drawn.map((slot) => {
            const item = items[slot.index];
            return item ? (
              <li key={item.id} className="list-slot" style={{ transform: `translateY(${slot.start}px)` }}>
                <ConversationRow
                  item={item}
                  to={{ pathname: paths.inbox(view, item.id), search: query }}
                  selected={item.id === selected}
                  asked={filter.q}
                  chosen={shownChosen.includes(item.id)}
                  onChoose={() => choose(item.id)}
                />
              </li>
            ) : null;
          })}
        </ul>
      </div>
    </section>
  );
}

/** Why there is nothing: because everything is done, or because nobody has written yet. */
function Nothing({ view, first }: { view: InboxView; first: boolean }) {
  if (!first || (view !== "open" && view !== "unread"))
    return <Empty title={EMPTY[view][0]} text={EMPTY[view][1]} />;
  return (
    <Empty
      title="Nothing here yet."
      text="What your campaigns write, and what people answer, will stand here in one thread per person."
    >
      <Link className={buttonClass("primary")} to={paths.newCampaign}>
        Start a campaign
      </Link>
    </Empty>
  );
}

/** What was said last, and when a snoozed one is back. */
function lastWords(item: Conversation): string {
  const back = item.snoozed_until;
  const who = item.last_direction === "out" ? "You: " : "";
  const before = back ? `Back ${dayName(back, now())}, ${clockTime(back)}. ` : who;
  return before + (item.last_snippet ?? item.subject ?? "");
}

function ConversationRow({
  item,
  to,
  selected,
  asked,
  chosen,
  onChoose,
}: {
  item: Conversation;
  to: To;
  /** What the inbox is searched for. */
  asked: string;
  selected: boolean;
  chosen: boolean;
  onChoose: () => void;
}) {
  const owned = useOwnersShown();
  return (
    <>
      <input
        type="checkbox"
        className="conversation-choose"
        aria-label={`Choose ${item.contact_name ?? item.address}`}
        checked={chosen}
        onChange={onChoose}
      />
      <Link
        className={`conversation${selected ? " conversation-on" : ""}${item.late_at ? " conversation-late" : ""}`}
        to={to}
        aria-current={selected ? "true" : undefined}
      >
        <ChannelMark channel={item.channel} />
        <span className="conversation-name">
          <span className="clip">
            <Marked text={item.contact_name ?? item.address} asked={asked} />
          </span>
          {item.unread > 0 ? (
            <span className="dot dot-accent">
              <span className="sr-only">unread</span>
            </span>
          ) : null}
          <ReplyBadge kind={item.kind} />
        </span>
        <span className="tiny muted">
          <TimeAgo at={item.found?.at ?? item.last_at} />
        </span>
        <span className="conversation-text">
          <span className="clip">
            {item.found ? <Marked text={item.found.text} asked={asked} /> : lastWords(item)}
          </span>
          <PresenceMark conversation={item.id} />
          <DueMark conversation={item} />
          <LabelDots ids={item.label_ids} />
          {item.assignee_name && owned ? <Initials name={item.assignee_name} /> : null}
        </span>
      </Link>
    </>
  );
}
