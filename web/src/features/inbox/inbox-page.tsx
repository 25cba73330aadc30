import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { conversationsQuery } from "~/api/queries.ts";
import { useMembers } from "~/components/owner.tsx";
import { useTitle } from "~/components/page.tsx";
import { useAway } from "~/components/use-away.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { INBOX_VIEWS, paths } from "~/paths.ts";
import { Empty } from "~/ui/states.tsx";
import { writeIn } from "./composer-text.ts";
import { ConversationList } from "./conversation-list.tsx";
import { asked, filterOf } from "./list-filter.tsx";
import { useInboxPlace } from "./saved-views.tsx";
import { Thread } from "./thread.tsx";
import { useConversationActions } from "./use-conversation-actions.ts";
import "./inbox.css";

/** The smallest width at which the details stand beside the thread. */
const WIDE = "(min-width: 1100px)";

export function InboxPage() {
  const params = useParams();
  const view = INBOX_VIEWS.find((item) => item === params.view) ?? "open";
  const id = params.conversationId;
  const [query, setQuery] = useSearchParams();
  const filter = filterOf(query);
  const list = useInfiniteQuery(conversationsQuery(view, asked(filter)));
  const [details, setDetails] = useState(() => matchMedia(WIDE).matches);
  const navigate = useNavigate();
  const place = useInboxPlace(view, filter, query.get("view") ?? "");
  useTitle("Inbox");
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const open = (next: string | undefined, replace = false) =>
    void navigate({ pathname: paths.inbox(view, next), search: query.toString() }, { replace });
  const at = rows.findIndex((item) => item.id === id);
  const following = rows[at + 1]?.id ?? rows[at - 1]?.id;
  const away = useAway();
  const mine = useMembers().find(({ you }) => you);
  const actions = useConversationActions(id, () => open(following, true));
  useCommands([
    {
      id: "inbox.search",
      label: "Search the inbox",
      group: "Inbox",
      keys: "/",
      icon: "search",
      run: () => document.getElementById("inbox-search")?.focus(),
    },
    ...(mine === undefined
      ? []
      : [
          {
            id: "inbox.away",
            label: mine.away ? "I am back" : "I am away: no new conversations for me",
            group: "Inbox",
            icon: "moon" as const,
            run: () => away.mutate({ of: mine, away: !mine.away }),
          },
        ]),
    ...(id === undefined
      ? []
      : [
          {
            id: "inbox.reply",
            label: "Reply",
            group: "Inbox",
            keys: "r",
            icon: "reply",
            run: () => writeIn("reply"),
          },
          {
            id: "inbox.note",
            label: "Note to colleagues",
            group: "Inbox",
            keys: "i",
            icon: "pencil",
            run: () => writeIn("note"),
          },
          {
            id: "inbox.done",
            label: "Done, and the next one",
            group: "Inbox",
            keys: "e",
            icon: "check",
            run: actions.done,
          },
          {
            id: "inbox.reopen",
            label: "Open again",
            group: "Inbox",
            keys: "shift+e",
            icon: "inbox",
            run: actions.reopen,
          },
          {
            id: "inbox.unread",
            label: "Mark as unread",
            group: "Inbox",
            keys: "u",
            icon: "email",
            run: actions.unread,
          },
          {
            id: "inbox.details",
            label: "Details",
            group: "Inbox",
            keys: "d",
            icon: "sidebar",
            run: () => setDetails(!details),
          },
          {
            id: "inbox.back",
            label: "Back to the list",
            group: "Inbox",
            keys: "escape",
            hidden: true,
            run: () => open(undefined),
          },
        ]),
  ]);
  return (
    <div
      className="inbox"
      data-open={id === undefined ? "list" : "thread"}
      data-details={details && id ? "yes" : "no"}
    >
      <h1 className="sr-only">Inbox</h1>
      <ConversationList
        view={view}
        selected={id}
        rows={rows}
        counts={list.data?.pages[0]?.counts}
        state={{ isPending: list.isPending, error: list.error, refetch: () => void list.refetch() }}
        filter={filter}
        place={place}
        onGo={(next) => void navigate(paths.inbox(next))}
        onFilter={(part) => {
          const next = new URLSearchParams(query);
          for (const [key, value] of Object.entries(part)) {
            if (value === "") next.delete(key);
            else next.set(key, value);
          }
          setQuery(next, { replace: true });
        }}
        onOpen={(next) => open(next)}
        onEnd={() => {
          if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
        }}
      />
      {id === undefined ? (
        <div className="inbox-none">
          <Empty
            title="Pick a conversation."
            text="J and K move, Enter opens, R answers, E is done with it."
          />
        </div>
      ) : (
        <Thread
          key={id}
          id={id}
          asked={filter.q}
          found={rows[at]?.found?.message_id}
          actions={actions}
          onAway={() => open(following, true)}
          onMoved={(to) => open(to, true)}
          details={details}
          onDetails={() => setDetails(!details)}
          onBack={() => open(undefined)}
        />
      )}
    </div>
  );
}
