import { useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Conversation } from "~/api/types/inbox.ts";
import { createStore } from "~/lib/store.ts";
import { toast } from "~/ui/toast.tsx";

/** The conversation of which somebody is choosing where it is split. */
export const splitting = createStore<string | null>(null);

type Two = { conversation: Conversation; other: Conversation };
const TOUCHED = ["conversations", "conversation", "messages", "notes", "drafts", "labels", "stats"];

/** Two conversations that become one, and one that becomes two; each is the way back of the other. */
export function useMerging() {
  const client = useQueryClient();
  // No mutation of a component: its way back outlives the conversation that is shown.
  const change = async <T>(id: string, verb: string, body: Record<string, string>): Promise<T | null> => {
    try {
      const done = await post<T>(`/api/conversations/${id}/${verb}`, body);
      for (const key of TOUCHED) void client.invalidateQueries({ queryKey: [key] });
      return done;
    } catch (error) {
      toast(messageOf(error));
      return null;
    }
  };
  const merge = async (id: string, other: string): Promise<void> => {
    if (await change<Conversation>(id, "merge", { other_id: other }))
      toast("Merged. Everything stands in one conversation.", {
        label: "Undo",
        run: () => void unmerge(id, other),
      });
  };
  const unmerge = async (id: string, other: string): Promise<void> => {
    if (await change<Two>(id, "unmerge", { other_id: other }))
      toast("Two conversations again.", { label: "Undo", run: () => void merge(id, other) });
  };
  /** From a message on; `onDone` gets the new conversation. */
  const split = async (id: string, message: string, onDone: (to: string) => void): Promise<void> => {
    const two = await change<Two>(id, "split", { from_message_id: message });
    if (!two) return;
    const to = two.other.id;
    onDone(to);
    toast("Split. This part is a conversation of its own.", {
      label: "Undo",
      run: () => void merge(id, to),
    });
  };
  return { merge, unmerge, split };
}
