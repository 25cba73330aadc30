import { useMutation, useQueryClient } from "@tanstack/react-query";
import { messageOf } from "~/api/errors.ts";
import { postOrWait } from "~/api/waiting.ts";
import { isAway } from "~/lib/connection.ts";
import { newActionId } from "~/lib/waiting.ts";
import { toast } from "~/ui/toast.tsx";

type Verb = "done" | "reopen" | "unread" | "read" | "block" | "unblock";
const WORDS: Record<Verb, string> = {
  done: "Done",
  reopen: "Open again",
  unread: "Mark as unread",
  read: "Mark as read",
  block: "Block",
  unblock: "Unblock",
};
export type ConversationActions = {
  done: () => void;
  reopen: () => void;
  unread: () => void;
  block: () => void;
  unblock: () => void;
};

/** Done, reopen, unread, block: one key each, with the way back in the toast. */
export function useConversationActions(id: string | undefined, next: () => void): ConversationActions {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: ({ target, verb }: { target: string; verb: Verb }) =>
      postOrWait({
        id: newActionId(),
        isKeyed: true,
        conversationId: target,
        words: WORDS[verb],
        path: `/api/conversations/${target}/${verb}`,
        body: {},
      }),
    onSuccess: (done) => {
      if (done === null) {
        toast("It is done when there is a connection again.");
        return;
      }
      for (const key of ["conversations", "conversation", "stats", "contact", "labels"])
        void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => toast(messageOf(error)),
  });
  // Without a connection it is not done yet, and says so by itself.
  const say: typeof toast = (text, action) => {
    if (!isAway()) toast(text, action);
  };
  const run = (verb: Verb) => {
    if (id !== undefined) act.mutate({ target: id, verb });
  };
  return {
    done: () => {
      if (id === undefined) return;
      run("done");
      say("Done.", { label: "Undo", run: () => act.mutate({ target: id, verb: "reopen" }) });
      next();
    },
    reopen: () => run("reopen"),
    unread: () => run("unread"),
    block: () => {
      if (id === undefined) return;
      run("block");
      say("Blocked. What they write is kept under Blocked.", {
        label: "Undo",
        run: () => act.mutate({ target: id, verb: "unblock" }),
      });
      next();
    },
    unblock: () => {
      if (id === undefined) return;
      run("unblock");
      say("Unblocked. Everything is back where it was.", {
        label: "Undo",
        run: () => act.mutate({ target: id, verb: "block" }),
      });
    },
  };
}
