import type { ConversationDetail, Message, Note } from "~/api/types/inbox.ts";
import { useMe } from "~/components/me.ts";
import { WaitingList } from "~/components/waiting-list.tsx";
import { useNow } from "~/lib/clock.ts";
import { longDate } from "~/lib/format.ts";
import type { Pending } from "~/lib/outbox.ts";
import { useStore } from "~/lib/store.ts";
import type { Waiting } from "~/lib/waiting.ts";
import { Button } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import { putIntoComposer, writeIn } from "./composer-text.ts";
import { MessageBubble } from "./message-bubble.tsx";
import { NoteBubble } from "./note-bubble.tsx";
import { PendingBubble } from "./pending-bubble.tsx";
import { splitting, useMerging } from "./use-merging.ts";

export function MessageList({
  messages,
  notes,
  pending,
  waits,
  conversation,
  asked,
  found,
  onSplit,
}: {
  /** What the inbox is searched for. */
  asked: string;
  /** The message that was found. */
  found: string | undefined;
  messages: readonly Message[];
  notes: readonly Note[];
  pending: readonly Pending[];
  /** What was done here without a connection. */
  waits: readonly Waiting[];
  /** Goes to the part that was split off. */
  onSplit: (id: string) => void;
  conversation: ConversationDetail | undefined;
}) {
  const me = useMe();
  const now = useNow();
  const zone = me.workspace.time_zone;
  const today = longDate(now, zone);
  const isSplit = useStore(splitting) === conversation?.id;
  const merging = useMerging();
  if (messages.length + notes.length + pending.length + waits.length === 0)
    return <Empty title="No message yet." />;
  let day = "";
  let subject = "";
  return (
    <div className="bubbles">
      {inOrder(messages, notes).map((item) => {
        const date = longDate(Date.parse(item.created_at), zone);
        const heading = date === day ? null : date === today ? "Today" : date;
        day = date;
        const line = heading ? (
          <div className="day-line" key={`day-${item.id}`}>
            {heading}
          </div>
        ) : null;
        if ("body" in item) return [line, <NoteBubble key={item.id} note={item} zone={zone} />];
        const topic = bareSubject(item.subject);
        const showSubject = topic !== "" && topic !== subject;
        subject = topic || subject;
        return [
          line,
          isSplit && conversation && item !== messages[0] ? (
            <div className="split-here" key={`split-${item.id}`}>
              <Button
                small
                icon="split"
                onClick={() => void merging.split(conversation.id, item.id, onSplit)}
              >
                Begins here
              </Button>
            </div>
          ) : null,
          <MessageBubble
            key={item.id}
            message={item}
            showSubject={showSubject}
            conversation={conversation}
            asked={asked}
            isFound={item.id === found}
            zone={zone}
          />,
        ];
      })}
      {waits.length > 0 ? <WaitingList items={waits} onTakeBack={takeBack} /> : null}
      {pending.map((item) => (
        <PendingBubble key={item.clientId} item={item} />
      ))}
    </div>
  );
}

/** A text that is withdrawn goes back to where it was written. */
function takeBack({ words, text, conversationId }: Waiting): void {
  if (text === undefined) return;
  const isNote = words === "Note";
  putIntoComposer(isNote ? `note:${conversationId}` : conversationId, text);
  writeIn(isNote ? "note" : "reply");
}

/** What was said to the person and what among colleagues, as it was said. */
function inOrder(all: readonly Message[], notes: readonly Note[]): (Message | Note)[] {
  // What was taken back was never said.
  const messages = all.filter(({ error }) => error?.code !== "message.recalled");
  if (notes.length === 0) return messages;
  return [...messages, ...notes].toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
}

/** The subject without the marks of answering and forwarding; a thread says it once. */
function bareSubject(subject: string | null): string {
  return (subject ?? "").replace(/^(\s*(re|aw|sv|fwd?|wg)\s*:)+/i, "").trim();
}
