import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { messagesQuery } from "~/api/queries.ts";
import type { Message } from "~/api/types/inbox.ts";
import type { Page } from "~/api/types/wire.ts";
import { dropPending, failPending, type Pending, putPending } from "~/lib/outbox.ts";
import { remember } from "~/lib/storage.ts";

/** Shows an answer at once and sends it; a failure keeps it with the reason. */
export function useReply(): (item: Pending) => Promise<void> {
  const client = useQueryClient();
  return async (item) => {
    putPending({ ...item, state: "sending", error: null });
    try {
      const message = await post<Message>(`/api/conversations/${item.conversationId}/reply`, {
        text: item.text,
        client_id: item.clientId,
      });
      remember("overture.did.reply", "yes");
      client.setQueryData<InfiniteData<Page<Message>, string>>(
        messagesQuery(item.conversationId).queryKey,
        (data) => (data ? withMessage(data, message) : data),
      );
      dropPending(item.clientId);
      for (const queryKey of [["messages", item.conversationId], ["conversations"]]) {
        void client.invalidateQueries({ queryKey });
      }
    } catch (error) {
      failPending(item.clientId, messageOf(error));
    }
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
