import type { Conversation } from "~/api/types/inbox.ts";
import { LabelMark } from "~/components/label-mark.tsx";
import { useMe } from "~/components/me.ts";
import { useOwnersShown } from "~/components/owner.tsx";
import { useNow } from "~/lib/clock.ts";
import { clockTime, dayName } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { dueWords } from "./due-words.ts";
import { useLabels } from "./label-marks.tsx";
import { useWork } from "./use-work.ts";

/** What is known of the work: who answers, when it comes back, what it carries. */
export function ThreadBar({ conversation }: { conversation: Conversation }) {
  const work = useWork();
  const now = useNow();
  const owned = useOwnersShown();
  const me = useMe().member.id;
  const labels = useLabels(conversation.label_ids);
  const until = conversation.snoozed_until;
  const who = owned ? conversation.assignee_name : null;
  const due = dueWords(conversation, now);
  if (labels.length === 0 && !until && !who && !due) return null;
  return (
    <div className="thread-bar small">
      {until ? (
        <Badge tone="info">
          Back {dayName(until, now)}, {clockTime(until)}
        </Badge>
      ) : null}
      {due ? (
        <Badge
          tone={due.state === "late" ? "bad" : due.state === "soon" ? "warn" : "plain"}
          title={due.exactly}
        >
          {due.text}
        </Badge>
      ) : null}
      {who ? (
        <span className="soft">{conversation.assignee_id === me ? "You answer" : `${who} answers`}</span>
      ) : null}
      {labels.map((label) => (
        <LabelMark key={label.id} label={label} onRemove={() => work.unlabel(conversation.id, label)} />
      ))}
    </div>
  );
}
