import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { bulkQuery, isUnderWay } from "~/api/bulk-queries.ts";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { BulkAction, BulkChange } from "~/api/types/bulk.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { Bar } from "~/ui/bar.tsx";
import { ToastBody, toast, toastOf } from "~/ui/toast.tsx";
import { standing } from "./bulk-words.ts";

/** What shows or counts contacts, whose they are, and what they are in. */
const CHANGED = [
  "bulk",
  "jobs",
  "contacts",
  "contact",
  "tags",
  "lists",
  "found",
  "conversations",
  "conversation",
  "stats",
  "team-totals",
];

function useStale(): (bulk: BulkAction) => void {
  const client = useQueryClient();
  return (bulk) => {
    client.setQueryData(bulkQuery(bulk.id).queryKey, bulk);
    for (const key of CHANGED) void client.invalidateQueries({ queryKey: [key] });
  };
}

/** Does one thing to many contacts; a line at the edge of the window says how far it is, and offers the way back. */
export function useBulk(onAsked?: () => void) {
  const stale = useStale();
  return useMutation({
    mutationFn: (asked: { who: AssignWho; action: BulkChange }) =>
      post<BulkAction>("/api/contacts/bulk", asked),
    onSuccess: (bulk) => {
      stale(bulk);
      toastOf(`bulk ${bulk.id}`, () => <BulkToast id={bulk.id} />);
      onAsked?.();
    },
  });
}

/** Takes one back, and shows how far that is. */
export function useBulkUndo() {
  const stale = useStale();
  return useMutation({
    mutationFn: (id: string) => post<BulkAction>(`/api/bulk-actions/${id}/undo`),
    onSuccess: (bulk) => {
      stale(bulk);
      toastOf(`bulk ${bulk.id}`, () => <BulkToast id={bulk.id} />);
    },
    onError: (error) => toast(messageOf(error)),
  });
}

function BulkToast({ id }: { id: string }) {
  const { data: bulk } = useQuery(bulkQuery(id));
  const undo = useBulkUndo();
  if (!bulk) return null;
  const goesOn = isUnderWay(bulk);
  const progress = bulk.undo?.status === "running" ? bulk.undo.progress : bulk.progress;
  const back = { label: "Undo", run: () => undo.mutate(id) };
  return (
    <ToastBody
      text={standing(bulk)}
      stays={goesOn || undo.isPending}
      action={bulk.undo?.status === "possible" && !undo.isPending ? back : undefined}
    >
      {goesOn ? (
        <Bar label="Progress" total={1} parts={[{ value: progress, fill: "accent", label: "done" }]} />
      ) : null}
    </ToastBody>
  );
}
