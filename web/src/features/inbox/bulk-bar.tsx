import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { labelsQuery } from "~/api/inbox-queries.ts";
import { Combobox } from "~/components/combobox.tsx";
import { useMembers } from "~/components/owner.tsx";
import { plural } from "~/lib/format.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { ActionPop } from "./action-pop.tsx";
import { MacroAction } from "./macro-action.tsx";
import { useMerging } from "./use-merging.ts";
import { SnoozeChoice } from "./work-actions.tsx";

type Action =
  | { kind: "done" | "reopen" | "read" | "block" | "unblock" }
  | { kind: "assign"; assignee_id: string }
  | { kind: "label" | "unlabel"; label_id: string }
  | { kind: "snooze"; until: string };

/** What can be done to all that are chosen, with its way back where there is one. */
export function BulkBar({
  ids,
  blocked,
  onClear,
}: {
  ids: readonly string[];
  /** Whether they are those of blocked people. */
  blocked: boolean;
  onClear: () => void;
}) {
  const client = useQueryClient();
  const labels = useQuery(labelsQuery).data ?? [];
  const merging = useMerging();
  const [kept, goes] = ids;
  const members = useMembers().filter(({ disabled }) => !disabled);
  const act = useMutation({
    mutationFn: ({ to, action }: { to: readonly string[]; action: Action }) =>
      post<{ changed: number }>("/api/conversations/bulk", { ids: to, action }),
    onSuccess: () => {
      for (const key of ["conversations", "conversation", "labels", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => toast(messageOf(error)),
  });
  const run = (said: string, action: Action, back?: Action) =>
    act.mutate(
      { to: ids, action },
      {
        onSuccess: ({ changed }) => {
          const text = `${plural(changed, "conversation")} ${said}.`;
          toast(text, back ? { label: "Undo", run: () => act.mutate({ to: ids, action: back }) } : undefined);
          onClear();
        },
      },
    );
  return (
    <section className="inbox-bulk" aria-label="What is chosen">
      <span className="small strong">{ids.length} chosen</span>
      <span className="push" />
      <Button small icon="check" onClick={() => run("done", { kind: "done" }, { kind: "reopen" })}>
        Done
      </Button>
      <ActionPop id="inbox.bulk-snooze" label="Snooze" does="Snooze what is chosen" icon="clock" end>
        {(close) => (
          <SnoozeChoice
            onChoose={(until) => {
              close();
              run("snoozed", { kind: "snooze", until }, { kind: "reopen" });
            }}
          />
        )}
      </ActionPop>
      <ActionPop id="inbox.bulk-label" label="Label" does="Label what is chosen" icon="flag" end>
        {(close) => (
          <Combobox
            label="Label"
            placeholder="Which label?"
            inline
            options={labels}
            onPick={({ id, name }) => {
              close();
              run(`labelled ${name}`, { kind: "label", label_id: id }, { kind: "unlabel", label_id: id });
            }}
          />
        )}
      </ActionPop>
      {members.length > 1 ? (
        <ActionPop id="inbox.bulk-assign" label="Assign" does="Assign what is chosen" icon="user" end>
          {(close) => (
            <Combobox
              label="Who is to answer"
              placeholder="Who is to answer?"
              inline
              options={members}
              onPick={({ id, name }) => {
                close();
                run(`for ${name} to answer`, { kind: "assign", assignee_id: id });
              }}
            />
          )}
        </ActionPop>
      ) : null}
      <MacroAction ids={ids} bulk onRan={onClear} />
      {kept !== undefined && goes !== undefined && ids.length === 2 ? (
        <IconButton
          icon="merge"
          label="Merge the two"
          onClick={() => {
            void merging.merge(kept, goes);
            onClear();
          }}
        />
      ) : null}
      <IconButton
        icon="stop"
        label={blocked ? "Unblock who is chosen" : "Block who is chosen"}
        onClick={() =>
          blocked
            ? run("unblocked", { kind: "unblock" }, { kind: "block" })
            : run("blocked", { kind: "block" }, { kind: "unblock" })
        }
      />
      <IconButton icon="cross" label="Choose nothing" onClick={onClear} />
    </section>
  );
}
