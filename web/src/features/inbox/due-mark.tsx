import type { Conversation } from "~/api/types/inbox.ts";
import { useNow } from "~/lib/clock.ts";
import { dueWords } from "./due-words.ts";

/** In a row of the list: that an answer is late, or due soon. */
export function DueMark({ conversation }: { conversation: Conversation }) {
  const due = dueWords(conversation, useNow());
  if (!due?.short) return null;
  return (
    <span className={due.state === "late" ? "due-mark due-late" : "due-mark due-soon"} title={due.exactly}>
      {due.short}
    </span>
  );
}
