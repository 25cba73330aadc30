import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { macrosQuery } from "~/api/inbox-queries.ts";
import type { Macro, MacroRun } from "~/api/types/macros.ts";
import { Combobox } from "~/components/combobox.tsx";
import { plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { toast } from "~/ui/toast.tsx";
import { ActionPop } from "./action-pop.tsx";
import { saidOf } from "./macro-words.ts";

const TOUCHED = ["conversations", "conversation", "messages", "notes", "labels", "stats"];

/** Runs a macro in one conversation, or in all that are chosen. */
export function MacroAction({
  ids,
  bulk = false,
  onRan,
}: {
  ids: readonly string[];
  bulk?: boolean;
  onRan?: () => void;
}) {
  const macros = useQuery(macrosQuery).data ?? [];
  const client = useQueryClient();
  const again = () => {
    for (const key of TOUCHED) void client.invalidateQueries({ queryKey: [key] });
  };
  const undo = useMutation({
    mutationFn: (run: string) => post<{ changed: number; left: number }>(`/api/macros/runs/${run}/undo`),
    onSuccess: ({ left }) => {
      again();
      toast(left === 0 ? "Taken back." : `Taken back, but ${plural(left, "answer")} had left already.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  const act = useMutation({
    mutationFn: ({ id }: Macro) =>
      post<MacroRun>(`/api/macros/${id}/run`, { ids, client_id: crypto.randomUUID() }),
    onSuccess: (run, { name }) => {
      again();
      const back = run.changed > 0 ? { label: "Undo", run: () => undo.mutate(run.run_id) } : undefined;
      toast(saidOf(name, run), back);
      if (run.changed > 0) onRan?.();
    },
    onError: (error) => toast(messageOf(error)),
  });
  useCommands(
    macros.map((one) => ({
      id: `inbox.macro.${bulk ? "bulk." : ""}${one.id}`,
      label: bulk ? `Run ${one.name} on what is chosen` : `Run ${one.name}`,
      group: "Inbox",
      icon: "bolt",
      run: () => act.mutate(one),
    })),
  );
  return (
    <ActionPop
      id={bulk ? "inbox.bulk-macro" : "inbox.macro"}
      label="Macro"
      does={bulk ? "Run a macro on what is chosen" : "Run a macro"}
      keys={bulk ? undefined : "m"}
      icon="bolt"
      end
    >
      {(close) =>
        macros.length === 0 ? (
          <p className="small soft action-more">
            No macro yet.{" "}
            <Link className="link" to={paths.settings("macros")}>
              Make one
            </Link>
          </p>
        ) : (
          <Combobox
            label="Macro"
            placeholder="Which macro?"
            inline
            options={macros.map(({ id, name, steps }) => ({
              id,
              name,
              note: plural(steps.length, "step"),
            }))}
            onPick={({ id }) => {
              close();
              const one = macros.find((macro) => macro.id === id);
              if (one) act.mutate(one);
            }}
          />
        )
      }
    </ActionPop>
  );
}
