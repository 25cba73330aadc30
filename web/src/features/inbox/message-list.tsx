import type { ConversationDetail, Message } from "~/api/types/inbox.ts";
import { useMe } from "~/components/me.ts";
import { useNow } from "~/lib/clock.ts";
import { longDate } from "~/lib/format.ts";
import type { Pending } from "~/lib/outbox.ts";
import { Empty } from "~/ui/states.tsx";
import { MessageBubble } from "./message-bubble.tsx";
import { PendingBubble } from "./pending-bubble.tsx";

export function MessageList({
  messages,
  pending,
  conversation,
}: {
  messages: readonly Message[];
  pending: readonly Pending[];
  conversation: ConversationDetail | undefined;
}) {
  const me = useMe();
  const now = useNow();
  const zone = me.workspace.time_zone;
  const today = longDate(now, zone);
  if (messages.length === 0 && pending.length === 0) return <Empty title="No message yet." />;
  let day = "";
  let subject = "";
  return (
    <div className="bubbles">
      {messages.map((message) => {
        const date = longDate(Date.parse(message.created_at), zone);
        const heading = date === day ? null : date === today ? "Today" : date;
        day = date;
        const topic = bareSubject(message.subject);
        const showSubject = topic !== "" && topic !== subject;
        subject = topic || subject;
        return [
          heading ? (
            <div className="day-line" key={`day-${message.id}`}>
              {heading}
            </div>
          ) : null,
          <MessageBubble
            key={message.id}
            message={message}
            showSubject={showSubject}
            conversation={conversation}
            zone={zone}
          />,
        ];
      })}
      {pending.map((item) => (
        <PendingBubble key={item.clientId} item={item} />
      ))}
    </div>
  );
}

/** The subject without the marks of answering and forwarding; a thread says it once. */
function bareSubject(subject: string | null): string {
  return (subject ?? "").replace(/^(\s*(re|aw|sv|fwd?|wg)\s*:)+/i, "").trim();
}
