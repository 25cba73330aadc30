import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { ApiError, messageOf } from "~/api/errors.ts";
import { messagesQuery } from "~/api/queries.ts";
import type { Message } from "~/api/types/inbox.ts";
import type { Page } from "~/api/types/wire.ts";
import { postOrWait } from "~/api/waiting.ts";
import { now } from "~/lib/clock.ts";
import { clockTime, dayName } from "~/lib/format.ts";
import { dropPending, failPending, type Pending, putPending } from "~/lib/outbox.ts";
import { remember } from "~/lib/storage.ts";
import { toast } from "~/ui/toast.tsx";
import { useRecall } from "./waiting-note.tsx";

/** Shows an answer at once and sends it; a failure keeps it with the reason. */
export function useReply(): (item: Pending) => Promise<void> {
  const client = useQueryClient();
  const recall = useRecall();
  const tell = tellOf((message) => recall.mutate(message));
  return async (item) => {
    putPending({ ...item, state: "sending", error: null, overtaken: false });
    try {
      const message = await postOrWait<Message>({
        id: item.clientId,
        isKeyed: false,
        conversationId: item.conversationId,
        words: "Reply",
        text: item.text,
        path: `/api/conversations/${item.conversationId}/reply`,
        body: {
          text: item.text,
          client_id: item.clientId,
          undoable: item.sendAt === undefined,
          send_at: item.sendAt,
          unless_answered: item.unlessAnswered,
          seen_message_id: item.seenId,
        },
      });
      if (message === null) {
        dropPending(item.clientId);
        return;
      }
      remember("overture.did.reply", "yes");
      client.setQueryData<InfiniteData<Page<Message>, string>>(
        messagesQuery(item.conversationId).queryKey,
        (data) => (data ? withMessage(data, message) : data),
      );
      dropPending(item.clientId);
      tell(message);
      for (const queryKey of [["messages", item.conversationId], ["conversations"]]) {
        void client.invalidateQueries({ queryKey });
      }
    } catch (error) {
      const overtaken = error instanceof ApiError && error.kind === "conversation.colleague_answered";
      failPending(item.clientId, messageOf(error), overtaken);
      if (overtaken) void client.invalidateQueries({ queryKey: ["messages", item.conversationId] });
    }
  };
}

/** What waits can be taken back; what does not wait says so by itself. */
function tellOf(recall: (message: Message) => void) {
  return (message: Message) => {
    const left = Date.parse(message.not_before) - now();
    if (message.status !== "queued" || left <= 0) return;
    const { scheduled_for: at } = message;
    const text = at ? `It leaves ${dayName(at, now())}, ${clockTime(at)}.` : "On its way.";
    toast(text, { label: "Undo", run: () => recall(message) });
  };
}

/** The first page with the message at its head, once. */
function withMessage(
  data: InfiniteData<Page<Message>, string>,
  message: Message,
): InfiniteData<Page<Message>, string> {
  const [first, ...rest] = data.pages;
  if (!first || data.pages.some((page) => page.data.some((item) => item.id === message.id))) return data;
  return { ...data, pages: [{ ...first, data: [message, ...first.data] }, ...rest] };
}
