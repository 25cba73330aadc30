import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Message } from "~/api/types/inbox.ts";
import { useNow } from "~/lib/clock.ts";
import { clockTime, dayName } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { putIntoComposer, writeIn } from "./composer-text.ts";

/** Takes a message back, and its text into the composer. */
export function useRecall() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (message: Pick<Message, "id">) => post<Message>(`/api/messages/${message.id}/recall`),
    onSuccess: (message) => {
      for (const key of [["messages", message.conversation_id], ["conversations"]])
        void client.invalidateQueries({ queryKey: key });
      putIntoComposer(message.conversation_id, message.text ?? "");
      writeIn("reply");
    },
    onError: (error) => toast(messageOf(error)),
  });
}

/** Whether a person wrote it and it still waits for its time. */
export function isWaiting(message: Message, now: number): boolean {
  return (
    message.status === "queued" &&
    message.campaign_id === null &&
    message.author_id !== null &&
    Date.parse(message.not_before) > now
  );
}

/** Under an answer that waits: until when, what would keep it, and the way back. */
export function WaitingNote({ message }: { message: Message }) {
  const recall = useRecall();
  const now = useNow();
  const at = message.scheduled_for;
  return (
    <div className="bubble-note waiting">
      <span>
        {at === null ? (
          "It leaves in a moment."
        ) : (
          <>
            Leaves {dayName(at, now)}, {clockTime(at)}
            {message.unless_answered ? ", unless they write before." : "."}
          </>
        )}
      </span>
      <Button small icon="undo" busy={recall.isPending} onClick={() => recall.mutate(message)}>
        {at === null ? "Take back" : "Do not send"}
      </Button>
    </div>
  );
}
