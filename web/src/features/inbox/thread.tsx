import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { post } from "~/api/client.ts";
import { notesQuery } from "~/api/inbox-queries.ts";
import { conversationQuery, messagesQuery } from "~/api/queries.ts";
import type { ConversationDetail, Message, Note } from "~/api/types/inbox.ts";
import { Async } from "~/components/async.tsx";
import { ReplyBadge } from "~/components/state-badge.tsx";
import { now } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { useStore } from "~/lib/store.ts";
import { waiting } from "~/lib/waiting.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { Composer } from "./composer.tsx";
import { writing } from "./composer-text.ts";
import { Details } from "./details.tsx";
import { MessageList } from "./message-list.tsx";
import { MoreActions } from "./more-actions.tsx";
import { NoteComposer } from "./note-composer.tsx";
import { PresenceLine } from "./presence-line.tsx";
import { SplitBar } from "./split-bar.tsx";
import { ThreadBar } from "./thread-bar.tsx";
import type { ConversationActions } from "./use-conversation-actions.ts";
import { usePending } from "./use-pending.ts";
import { useViewing } from "./use-presence.ts";
import { WorkActions } from "./work-actions.tsx";

const NO_NOTES: readonly Note[] = [];

/** One conversation: what was said, the answer being written, and who it is with. */
export function Thread({
  id,
  actions,
  onAway,
  onMoved,
  details,
  onDetails,
  onBack,
  asked,
  found,
}: {
  id: string;
  /** It is found elsewhere: merged into another, or a part of it that was split off. */
  onMoved: (id: string) => void;
  /** What the inbox is searched for. */
  asked: string;
  /** The message that was found. */
  found: string | undefined;
  actions: ConversationActions;
  /** It has left the list. */
  onAway: () => void;
  details: boolean;
  onDetails: () => void;
  onBack: () => void;
}) {
  const conversation = useQuery(conversationQuery(id));
  const messages = useInfiniteQuery(messagesQuery(id));
  const notes = useQuery(notesQuery(id)).data ?? NO_NOTES;
  const waits = useStore(waiting).filter((item) => item.conversationId === id);
  const what = useStore(writing);
  // Another conversation begins with its answer.
  useEffect(() => () => writing.set("reply"), []);
  useViewing(id);
  useReadOnce(conversation.data);
  const at = conversation.data?.id ?? id;
  useEffect(() => {
    if (at !== id) onMoved(at);
  }, [at, id]);
  // The server gives the newest first; a thread reads downwards.
  const list = (messages.data?.pages.flatMap((page) => page.data) ?? []).toReversed();
  const pending = usePending(id, list);
  return (
    <div className="thread-pane">
      <section className="thread" aria-label="Conversation">
        <header className="page-head">
          <span className="back-phone">
            <IconButton icon="left" label="Back to the list" onClick={onBack} />
          </span>
          <h2 className="thread-title clip">
            {conversation.data
              ? (conversation.data.contact_name ?? conversation.data.address)
              : "Conversation"}
          </h2>
          <ReplyBadge kind={conversation.data?.kind ?? null} />
          {conversation.data?.status === "done" ? <Badge>Done</Badge> : null}
          <div className="page-actions">
            {conversation.data ? <WorkActions conversation={conversation.data} onAway={onAway} /> : null}
            {conversation.data ? <MoreActions conversation={conversation.data} actions={actions} /> : null}
            {conversation.data && conversation.data.status !== "open" ? (
              <Button onClick={actions.reopen}>Open again</Button>
            ) : (
              <Button keys="e" onClick={actions.done}>
                Done
              </Button>
            )}
            <IconButton
              icon="info"
              label={details ? "Hide the details" : "Show the details"}
              aria-pressed={details}
              onClick={onDetails}
            />
          </div>
        </header>
        {conversation.data ? <ThreadBar conversation={conversation.data} /> : null}
        {conversation.data?.blocked_at ? (
          <div className="stranger small">
            <span className="grow">
              Blocked since {exactDay(conversation.data.blocked_at, now())}. What they write is kept here and
              nowhere else, and nothing is sent to them.
            </span>
            <Button small onClick={actions.unblock}>
              Unblock
            </Button>
          </div>
        ) : null}
        {conversation.data && conversation.data.contact_id === null ? (
          <div className="stranger small">
            <span className="grow">{conversation.data.address} belongs to no contact yet.</span>
            {details ? null : (
              <Button small icon="user" onClick={onDetails}>
                Say who it is
              </Button>
            )}
          </div>
        ) : null}
        <SplitBar id={id} />
        <Async
          of={messages}
          skeleton={
            <div className="thread-scroll">
              <Skeleton lines={6} height={48} />
            </div>
          }
        >
          {() => (
            <ThreadScroll
              list={list}
              notes={notes.length}
              pending={pending.length + waits.length}
              found={found}
              older={messages.hasNextPage ? () => void messages.fetchNextPage() : null}
              loading={messages.isFetchingNextPage}
            >
              <MessageList
                messages={list}
                // Notes from before the oldest message that is shown come with it.
                notes={
                  messages.hasNextPage
                    ? notes.filter((n) => n.created_at >= (list[0]?.created_at ?? ""))
                    : notes
                }
                pending={pending}
                waits={waits}
                asked={asked}
                found={found}
                conversation={conversation.data}
                onSplit={onMoved}
              />
              <PresenceLine conversation={id} />
            </ThreadScroll>
          )}
        </Async>
        {what === "note" ? (
          <NoteComposer id={id} />
        ) : (
          <Composer id={id} conversation={conversation.data} seenId={list.at(-1)?.id} onDone={actions.done} />
        )}
      </section>
      {details && conversation.data ? <Details conversation={conversation.data} messages={list} /> : null}
    </div>
  );
}

/** Opening an unread conversation reads it; marking it unread afterwards must stay. */
function useReadOnce(conversation: ConversationDetail | undefined): void {
  const client = useQueryClient();
  const seen = useRef<string | null>(null);
  const read = useMutation({
    mutationFn: (id: string) => post(`/api/conversations/${id}/read`),
    onSuccess: () => {
      for (const key of ["conversations", "stats"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const { mutate } = read;
  const id = conversation?.id;
  const unread = (conversation?.unread ?? 0) > 0 || conversation?.mentioned === true;
  const stamp = `${id}|${conversation?.last_direction === "in" ? conversation.last_at : ""}`;
  useEffect(() => {
    if (id === undefined || !unread || seen.current === stamp) return;
    seen.current = stamp;
    mutate(id);
  }, [id, unread, stamp, mutate]);
}

/** Stays at the end while the reader is at the end, and never jumps otherwise. */
function ThreadScroll({
  list,
  notes,
  pending,
  found,
  older,
  loading,
  children,
}: {
  /** The message that was searched for: it is shown, however old it is. */
  found: string | undefined;
  list: readonly Message[];
  notes: number;
  pending: number;
  older: (() => void) | null;
  loading: boolean;
  children: ReactNode;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const last = list.at(-1);
  const height = `${last?.id}|${last?.status}|${pending}|${list.length}|${notes}`;
  const shown = useRef<string | undefined>(undefined);
  const isThere = list.some(({ id }) => id === found);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (found !== undefined && shown.current !== found) {
      const hit = isThere ? document.getElementById(`message-${found}`) : null;
      if (hit) {
        shown.current = found;
        atEnd.current = false;
        hit.scrollIntoView({ block: "center" });
        return;
      }
      if (!isThere && older && !loading) older();
    }
    if (atEnd.current) element.scrollTop = element.scrollHeight;
  }, [height, found, isThere, loading]);
  return (
    <section
      className="thread-scroll"
      ref={scroller}
      tabIndex={0}
      aria-label="Messages"
      onScroll={(event) => {
        const element = event.currentTarget;
        atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
      }}
    >
      {older ? (
        <div className="more-row">
          <Button small busy={loading} onClick={older}>
            Earlier messages
          </Button>
        </div>
      ) : null}
      {children}
      <p className="sr-only" aria-live="polite">
        {last?.direction === "in" ? `Newest message: ${last.text ?? ""}` : ""}
      </p>
    </section>
  );
}
