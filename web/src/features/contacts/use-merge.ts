import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Contact, Merge } from "~/api/types/contacts.ts";
import { personName } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";

type Folded = { merge: Merge; contact: Contact };
type Apart = { merge: Merge; contact: Contact; other: Contact };

const STALE = ["contact", "contacts", "timeline", "duplicates", "merges", "conversations", "conversation"];

function useStale(): () => void {
  const client = useQueryClient();
  return () => {
    for (const key of STALE) void client.invalidateQueries({ queryKey: [key] });
  };
}

/** Takes a merge back: both are there again. */
export function useUnmerge() {
  const stale = useStale();
  return useMutation({
    mutationFn: (merge: string) => post<Apart>(`/api/merges/${merge}/undo`),
    onSuccess: ({ contact, other }) => {
      stale();
      toast(`${personName(contact)} and ${personName(other)} are two contacts again.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
}

/** Folds others into one contact, one after the other, and offers the way back for the last. */
export function useMerge(onDone: (contact: Contact) => void) {
  const stale = useStale();
  const apart = useUnmerge();
  return useMutation({
    mutationFn: async ({ stays, others }: { stays: Contact; others: readonly Contact[] }) => {
      const done: Folded[] = [];
      for (const { id } of others) {
        done.push(await post<Folded>(`/api/contacts/${stays.id}/merge`, { other_id: id }));
      }
      return done;
    },
    onSuccess: (done) => {
      const last = done.at(-1);
      if (!last) return;
      toast(`${personName(last.contact)} is one contact now.`, {
        label: "Undo",
        run: () => void unmergeAll(done.map(({ merge }) => merge.id)),
      });
      onDone(last.contact);
    },
    // Some may be folded in already where a later one was refused.
    onSettled: stale,
  });

  /** The last first: a merge lies on those before it. */
  async function unmergeAll(merges: readonly string[]): Promise<void> {
    try {
      for (const merge of merges.toReversed()) await apart.mutateAsync(merge);
    } catch {
      // What was refused is said already; those before it stay.
    }
  }
}
