import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { del } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Note } from "~/api/types/inbox.ts";
import { useMe } from "~/components/me.ts";
import { useMembers } from "~/components/owner.tsx";
import { When } from "~/components/time-ago.tsx";
import { mayManage } from "~/lib/roles.ts";
import { IconButton } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** What a member said to colleagues: it stands between the messages and was sent to nobody. */
export function NoteBubble({ note, zone }: { note: Note; zone: string }) {
  const me = useMe();
  const client = useQueryClient();
  const names = useMembers()
    .filter(({ id }) => note.mention_ids.includes(id))
    .map(({ name }) => name);
  const remove = useMutation({
    mutationFn: () => del(`/api/notes/${note.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["notes", note.conversation_id] });
      toast("The note is deleted.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  const mine = note.author_id === me.member.id;
  return (
    <article className="bubble note" aria-label="Note to colleagues">
      <div className="bubble-head">
        <span className="strong">{mine ? "You" : (note.author_name ?? "Somebody")}</span>
        <span>
          internal note, <When at={note.created_at} zone={zone} />
        </span>
        {mine || mayManage(me.member.role) ? (
          <span className="push note-act">
            <IconButton icon="trash" label="Delete the note" onClick={() => remove.mutate()} />
          </span>
        ) : null}
      </div>
      <div className="bubble-text">{marked(note.body, names)}</div>
    </article>
  );
}

/** The text with the names of those it mentions set off. */
export function marked(text: string, names: readonly string[]): ReactNode[] {
  const found = names.map((name) => `@${name}`).filter((word) => text.includes(word));
  if (found.length === 0) return [text];
  // Longer names first: one may begin another.
  const words = found.toSorted((a, b) => b.length - a.length).map((word) => word.replace(/[\W_]/g, "\\$&"));
  return text.split(new RegExp(`(${words.join("|")})`)).map((part, index) =>
    found.includes(part) ? (
      <strong className="mention" key={index}>
        {part}
      </strong>
    ) : (
      part
    ),
  );
}
