import { useMutation, useQueryClient } from "@tanstack/react-query";
import { messageOf } from "~/api/errors.ts";
import type { Note } from "~/api/types/inbox.ts";
import { postOrWait } from "~/api/waiting.ts";
import { useMembers } from "~/components/owner.tsx";
import { useStore } from "~/lib/store.ts";
import { newActionId } from "~/lib/waiting.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { composerText, composerTexts, putIntoComposer, writeIn } from "./composer-text.ts";
import { isMentioned } from "./suggest.ts";
import { SuggestField } from "./suggest-field.tsx";

/** What is said to colleagues alone. Its text is kept apart from that of the answer. */
export function NoteComposer({ id }: { id: string }) {
  const place = `note:${id}`;
  const text = composerText(useStore(composerTexts), place);
  const members = useMembers().filter(({ you, disabled }) => !you && !disabled);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      postOrWait<Note>({
        id: newActionId(),
        isKeyed: true,
        conversationId: id,
        words: "Note",
        text: text.trim(),
        path: `/api/conversations/${id}/notes`,
        body: {
          text: text.trim(),
          mention_ids: members.filter(({ name }) => isMentioned(text, name)).map((member) => member.id),
        },
      }),
    onSuccess: (note) => {
      putIntoComposer(place, "");
      if (note) client.setQueryData<Note[] | undefined>(["notes", id], (now) => now?.concat(note));
      void client.invalidateQueries({ queryKey: ["notes", id] });
      writeIn("reply");
    },
    onError: (error) => toast(messageOf(error)),
  });
  const ready = text.trim() !== "" && !save.isPending;
  return (
    <form
      className="composer composer-note"
      aria-label="Note"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) save.mutate();
      }}
    >
      <div className="composer-head">
        <label htmlFor="note">Note to colleagues. It is sent to nobody.</label>
      </div>
      <SuggestField
        id="note"
        mark="@"
        rows={3}
        choices={members.map((member) => ({ id: member.id, name: member.name }))}
        onPick={({ name }) => `@${name} `}
        value={text}
        onText={(next) => putIntoComposer(place, next)}
        onKeyDown={(event) => {
          if (event.key === "Escape") writeIn("reply");
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          if (ready) save.mutate();
        }}
      />
      <div className="composer-foot">
        <span className="small muted hide-coarse">@ mentions a colleague</span>
        <span className="push" />
        <Button onClick={() => writeIn("reply")}>Back to the answer</Button>
        <Button type="submit" look="primary" keys="mod+enter" busy={save.isPending} disabled={!ready}>
          Save the note
        </Button>
      </div>
    </form>
  );
}
