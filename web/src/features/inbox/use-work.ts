import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Conversation, Label, LabelColor } from "~/api/types/inbox.ts";
import { postOrWait } from "~/api/waiting.ts";
import { now } from "~/lib/clock.ts";
import { clockTime, dayName } from "~/lib/format.ts";
import { newActionId } from "~/lib/waiting.ts";
import { toast } from "~/ui/toast.tsx";

const WORDS: Record<string, string> = {
  assign: "Who is to answer",
  snooze: "Snooze",
  reopen: "Open again",
  labels: "Put a label on",
  "labels/remove": "Take a label off",
};
const CHANGED = ["conversations", "conversation", "labels", "stats"];

/** Who is to answer, until when it rests, what it carries: each with its way back. */
export function useWork() {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: ({ id, verb, body }: { id: string; verb: string; body?: unknown }) =>
      postOrWait<Conversation>({
        id: newActionId(),
        isKeyed: true,
        conversationId: id,
        words: WORDS[verb] ?? "Change",
        path: `/api/conversations/${id}/${verb}`,
        body: body ?? {},
      }),
    onSuccess: (done) => {
      if (done === null) toast("It is done when there is a connection again.");
      for (const key of CHANGED) void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => toast(messageOf(error)),
  });
  const put = (id: string, label: Pick<Label, "id">, remove = false) =>
    change.mutate({ id, verb: remove ? "labels/remove" : "labels", body: { label_id: label.id } });
  const assign = (conversation: Conversation, to: { id: string; name: string } | null, you = false) => {
    const { id, assignee_id: before } = conversation;
    const ask = (assignee_id: string | null) => ({
      id,
      verb: "assign",
      body: assignee_id === null ? {} : { assignee_id },
    });
    change.mutate(ask(to?.id ?? null), {
      onSuccess: (after) =>
        after &&
        toast(
          to === null ? "Nobody is asked to answer." : `${you ? "You are" : `${to.name} is`} to answer.`,
          {
            label: "Undo",
            run: () => change.mutate(ask(before)),
          },
        ),
    });
  };
  return {
    assign,
    snooze: (id: string, until: string, inAnyCase: boolean, onDone: () => void) =>
      change.mutate(
        { id, verb: "snooze", body: { until, in_any_case: inAnyCase } },
        {
          onSuccess: (after) => {
            if (after === null) {
              onDone();
              return;
            }
            const { snoozed_until } = after;
            const back = snoozed_until
              ? `${dayName(snoozed_until, now())}, ${clockTime(snoozed_until)}`
              : "later";
            toast(`Snoozed. It comes back ${back}.`, {
              label: "Undo",
              run: () => change.mutate({ id, verb: "reopen" }),
            });
            onDone();
          },
        },
      ),
    label: (id: string, label: Label) => put(id, label),
    unlabel: (id: string, label: Label) => {
      put(id, label, true);
      toast(`${label.name} is taken off.`, { label: "Undo", run: () => put(id, label) });
    },
    /** Makes a label and puts it on. */
    newLabel: async (id: string, name: string, color: LabelColor) => {
      try {
        put(id, await post<Label>("/api/labels", { name, color }));
      } catch (error) {
        toast(messageOf(error));
      }
    },
  };
}
